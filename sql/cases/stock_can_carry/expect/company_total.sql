select
    fct_stock_move.moved_date,
    sum(fct_stock_move.quantity) as quantity
from star.fct_stock_move
group by fct_stock_move.moved_date
