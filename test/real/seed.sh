# The first set-up of the shops and the ERP: tables, master data, orders, sales. Sourced by up.sh; what is made here is kept
# in the cache under a name that changes with this file and the folders beside it.

# make NAME COMMAND…: runs a step of the first set-up with its output in a log.
make() {
    local name=$1
    shift
    log "$name"
    "$@" >>"$work/seed-${name%% *}.log" 2>&1 || { tail -20 "$work/seed-${name%% *}.log" >&2; die "$name, see $work/seed-${name%% *}.log"; }
}

shops_seeded() {
    make "medusa migrate" medusa db:migrate
    make "medusa user" medusa user -e admin@example.com -p supersecret
    medusa_up
    make "medusa orders" node "$work/medusa/seed.mjs" "http://127.0.0.1:$medusa_port" 20 "$work/medusa-orders.json"
    python3 "$here/vendure/catalogue.py" "$vendure_home/node_modules/@vendure/create/assets/products.csv" "$work/vendure/products.csv"
    SYNCHRONIZE=1 make "vendure populate" vendure populate.js
    vendure_up
    make "vendure orders" node "$work/vendure/seed.mjs" "http://127.0.0.1:$vendure_port" 15
}

erp_made() {
    make "tryton init" trytond trytond-admin -u sale purchase stock account_invoice_stock --activate-dependencies --email admin@example.com --password
}
