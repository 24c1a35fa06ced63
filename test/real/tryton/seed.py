"""seed.py CONFIG DATABASE ORDERS.json: the company, its goods and stock, a sale for each of the shop's orders (the
shop's order id is the sale's reference, every second sale is shipped), and three purchases, one of them received."""
import datetime as dt
import json
import sys
from decimal import Decimal

from proteus import Model
from proteus import config as proteus_config

settings, database, orders_file = sys.argv[1:4]
proteus_config.set_trytond(database=database, user="admin", config_file=settings)

from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts  # noqa: E402
from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences  # noqa: E402
from trytond.modules.company.tests.tools import create_company  # noqa: E402

today = dt.date.today()
create_company(currency="CNY")
create_chart()
set_fiscalyear_invoice_sequences(create_fiscalyear(today=today)).click("create_period")
accounts = get_accounts()

Category, Template = Model.get("product.category"), Model.get("product.template")
Uom, Party, Location = Model.get("product.uom"), Model.get("party.party"), Model.get("stock.location")
Sale, Purchase = Model.get("sale.sale"), Model.get("purchase.purchase")
Inventory, ShipmentIn = Model.get("stock.inventory"), Model.get("stock.shipment.in")

category = Category(name="Goods", accounting=True, account_expense=accounts["expense"], account_revenue=accounts["revenue"])
category.save()
(unit,) = Uom.find([("name", "=", "Unit")])
products = {}
for i, name in enumerate(["连衣裙", "衬衫", "牛仔裤", "帆布鞋", "双肩包"]):
    template = Template(name=name, code=f"P00{i}", default_uom=unit, type="goods", salable=True, purchasable=True,
                        list_price=Decimal("10.5") + i, account_category=category)
    template.save()
    products[f"P00{i}"] = template.products[0]

(storage,) = Location.find([("code", "=", "STO")])
inventory = Inventory(location=storage)
for product in products.values():
    line = inventory.lines.new(product=product)
    line.quantity, line.expected_quantity = 1000.0, 0.0
inventory.click("confirm")

customer = Party(name="Web shop")
customer.save()
for i, order in enumerate(json.load(open(orders_file))):
    sale = Sale(party=customer, invoice_method="order", reference=order["id"], sale_date=today)
    for ordered in order["lines"]:
        line = sale.lines.new()
        line.product = products[ordered["sku"]]
        line.quantity = float(ordered["quantity"])
    sale.click("quote")
    sale.click("confirm")
    if i % 2 == 0:
        sale.reload()
        for button in ("assign_try", "pick", "pack", "do"):
            sale.shipments[0].click(button)

supplier = Party(name="Supplier")
supplier.save()
for i, product in enumerate(list(products.values())[:3]):
    purchase = Purchase(party=supplier, purchase_date=today)
    line = purchase.lines.new()
    line.product, line.quantity, line.unit_price = product, 10.0, Decimal("5.5")
    purchase.click("quote")
    purchase.click("confirm")
    if i == 0:
        purchase.reload()
        shipment = ShipmentIn(supplier=supplier)
        for move in purchase.moves:
            shipment.incoming_moves.append(type(move)(move.id))
        shipment.save()
        for button in ("receive", "do"):
            shipment.click(button)
print("tryton:", len(Sale.find()), "sales,", len(Purchase.find()), "purchases,", len(Model.get("stock.move").find()), "moves")
