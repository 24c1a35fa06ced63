// The shop of the test: no admin page, everything in memory but the database.
const { defineConfig } = require("@medusajs/framework/utils");

const local = "http://127.0.0.1";

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    databaseDriverOptions: { ssl: false, connection: { ssl: false } },
    http: { storeCors: local, adminCors: local, authCors: local, jwtSecret: "test", cookieSecret: "test" },
  },
  admin: { disable: true },
});
