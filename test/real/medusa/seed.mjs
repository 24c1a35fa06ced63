// seed.mjs URL ORDERS OUT: five products and ORDERS paid orders through the Admin API; what was ordered is written to
// the JSON file OUT for the ERP to ship.
import { writeFileSync } from "node:fs";

const [url, count, out] = [process.argv[2], Number(process.argv[3]), process.argv[4]];
let token;

async function call(method, path, body) {
  const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(url + path, { method, headers, body: body ? JSON.stringify(body) : undefined });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

token = (await call("POST", "/auth/user/emailpass", { email: "admin@example.com", password: "supersecret" })).token;
const { region } = await call("POST", "/admin/regions", { name: "CN", currency_code: "cny", countries: ["cn"] });
const channel = (await call("GET", "/admin/sales-channels?limit=1")).sales_channels[0];
const { shipping_profile: profile } = await call("POST", "/admin/shipping-profiles", { name: "seed", type: "seed" });

const titles = ["连衣裙", "衬衫", "牛仔裤", "帆布鞋", "双肩包"];
const variants = [];
for (const [i, title] of titles.entries()) {
  const { product } = await call("POST", "/admin/products", {
    title, status: "published", shipping_profile_id: profile.id, sales_channels: [{ id: channel.id }],
    options: [{ title: "Size", values: ["M"] }],
    variants: [{ title: "M", sku: `P00${i}`, manage_inventory: false, options: { Size: "M" }, prices: [{ amount: 10 + i + 0.5, currency_code: "cny" }] }],
  });
  variants.push(product.variants[0].id);
}

const placed = [];
for (let i = 0; i < count; i++) {
  const { draft_order: draft } = await call("POST", "/admin/draft-orders", {
    email: `u${i % 7}@example.com`, region_id: region.id, sales_channel_id: channel.id,
    items: [{ variant_id: variants[i % 5], quantity: 1 + (i % 3) }, { variant_id: variants[(i + 2) % 5], quantity: 1 }],
    shipping_address: { first_name: "U", last_name: String(i), address_1: "1 Test St", city: "Shanghai", province: "Shanghai", postal_code: "200000", country_code: "cn", phone: `1380000000${i % 7}` },
  });
  const { order } = await call("POST", `/admin/draft-orders/${draft.id}/convert-to-order`);
  if (i % 4 !== 3) {
    const { payment_collection: collection } = await call("POST", "/admin/payment-collections", { order_id: order.id, amount: order.total });
    await call("POST", `/admin/payment-collections/${collection.id}/mark-as-paid`, { order_id: order.id });
  }
  placed.push({ id: order.id, lines: order.items.map((item) => ({ id: item.id, sku: item.variant_sku, quantity: item.quantity })) });
}
writeFileSync(out, JSON.stringify(placed));
console.log(`medusa: ${count} orders`);
