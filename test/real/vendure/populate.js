// Makes the tables and fills them with the sample catalogue of @vendure/create.
const { join } = require('path');
const { bootstrap } = require('@vendure/core');
const { populate } = require('@vendure/core/cli');
const { config } = require('./config');

const data = require('@vendure/create/assets/initial-data.json');
data.collections = (data.collections || []).map((collection) => ({ ...collection, assetPaths: [] }));

populate(() => bootstrap(config), data, join(__dirname, 'products.csv'))
  .then((app) => app.close())
  .then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
