// seed.mjs URL ORDERS: ORDERS orders of guests through the Shop API, paid by the dummy method.
const [url, count] = [process.argv[2], Number(process.argv[3])];
let token;

async function shop(query, variables = {}) {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(`${url}/shop-api`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors).slice(0, 600));
  token = answer.headers.get('vendure-auth-token') || token;
  const result = Object.values(data)[0];
  if (result && result.errorCode) throw new Error(JSON.stringify(result));
  return result;
}

const failure = '... on ErrorResult { errorCode message }';
const add = `mutation ($variant: ID!, $quantity: Int!) { addItemToOrder(productVariantId: $variant, quantity: $quantity) { __typename ${failure} } }`;

const { items: products } = await shop('{ products(options: { take: 10 }) { items { variants { id } } } }');
const variant = (i) => products[i % products.length].variants[0].id;

for (let i = 0; i < count; i++) {
  token = undefined;
  await shop(add, { variant: variant(i), quantity: 1 + (i % 3) });
  await shop(add, { variant: variant(i + 3), quantity: 1 });
  await shop(`mutation ($input: CreateCustomerInput!) { setCustomerForOrder(input: $input) { __typename ${failure} } }`,
    { input: { emailAddress: `u${i % 7}@example.com`, firstName: 'U', lastName: String(i % 7), phoneNumber: `1380000000${i % 7}` } });
  await shop(`mutation { setOrderShippingAddress(input: { fullName: "U", streetLine1: "1 Test St", city: "Vienna", postalCode: "1010", countryCode: "AT" }) { __typename ${failure} } }`);
  const [method] = await shop('{ eligibleShippingMethods { id } }');
  await shop(`mutation ($id: [ID!]!) { setOrderShippingMethod(shippingMethodId: $id) { __typename ${failure} } }`, { id: [method.id] });
  await shop('mutation { transitionOrderToState(state: "ArrangingPayment") { __typename ... on OrderStateTransitionError { errorCode message transitionError } } }');
  const [payment] = await shop('{ eligiblePaymentMethods { code } }');
  await shop(`mutation ($code: String!) { addPaymentToOrder(input: { method: $code, metadata: {} }) { __typename ... on Order { state } ${failure} } }`, { code: payment.code });
}
console.log(`vendure: ${count} orders`);
