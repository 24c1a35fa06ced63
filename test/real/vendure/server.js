const { bootstrap, JobQueueService } = require('@vendure/core');
const { config } = require('./config');

bootstrap(config)
  .then((app) => app.get(JobQueueService).start())
  .then(() => console.log('ready'), (error) => { console.error(error); process.exit(1); });
