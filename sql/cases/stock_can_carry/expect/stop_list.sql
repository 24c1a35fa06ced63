select
    stock_projection.out_from_at,
    stock_projection.out_to_at
from star.stock_projection
where stock_projection.out_hours > 0
