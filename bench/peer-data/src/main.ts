import 'reflect-metadata';
import cluster from 'node:cluster';
import express, { type NextFunction, type Request, type Response } from 'express';
import { Redis } from 'ioredis';
import { authenticate, requireHeaders } from './authentication';
import { configuration } from './configuration';
import { dataSource } from './data-source';
import { query } from './query';
import { transaction } from './transaction';

async function serve(): Promise<void> {
  await dataSource.initialize();
  const redis = new Redis(configuration.redisUrl, { enableAutoPipelining: true });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(express.json({ limit: '1mb' }));
  app.get('/health/ready', (_request, response) => void response.json({ status: 'UP' }));
  app.post('/api/v1/data/query', authenticate, requireHeaders, query(redis));
  app.post('/api/v1/data/transaction', authenticate, requireHeaders, transaction(redis));
  app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
    console.error(error);
    response.status(500).json({ error: { code: 'INTERNAL', message: 'Internal error' } });
  });
  app.listen(configuration.port, '127.0.0.1');
}

if (cluster.isPrimary && configuration.workers > 1) {
  for (let worker = 0; worker < configuration.workers; worker += 1) cluster.fork();
  process.on('SIGTERM', () => process.exit(0));
} else {
  void serve();
}
