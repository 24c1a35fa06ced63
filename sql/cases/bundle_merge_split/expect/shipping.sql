select
    fct_order.order_id,
    order_shipment_state.shipment_state,
    order_shipment_state.package_count,
    order_shipment_state.first_shipped_at,
    order_shipment_state.completed_shipped_at
from star.order_shipment_state
inner join star.fct_order
    on order_shipment_state.order_key = fct_order.order_key
