// The second shop of the test: PostgreSQL, the dummy payment method, no asset server.
const { DefaultJobQueuePlugin, DefaultLogger, LogLevel, dummyPaymentHandler } = require('@vendure/core');

exports.config = {
  apiOptions: { hostname: '127.0.0.1', port: Number(process.env.PORT), adminApiPath: 'admin-api', shopApiPath: 'shop-api', adminListQueryLimit: 1000 },
  authOptions: { tokenMethod: ['bearer', 'cookie'], superadminCredentials: { identifier: 'superadmin', password: 'superadmin' }, cookieOptions: { secret: 'test' }, requireVerification: false },
  dbConnectionOptions: { type: 'postgres', synchronize: process.env.SYNCHRONIZE === '1', logging: false, host: '127.0.0.1', port: Number(process.env.PGPORT), username: 'postgres', password: '', database: 'vendure' },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  logger: new DefaultLogger({ level: LogLevel.Warn }),
  importExportOptions: { importAssetsDir: __dirname },
  systemOptions: { telemetry: { enabled: false } },
  plugins: [DefaultJobQueuePlugin.init({ useDatabaseForBuffer: false })],
};
