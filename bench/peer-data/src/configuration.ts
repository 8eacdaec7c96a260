import { availableParallelism } from 'node:os';

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

const workers = Number(process.env.WORKERS ?? availableParallelism());

export const configuration = {
  port: Number(process.env.PORT ?? 8095),
  databaseUrl: required('DATABASE_URL'),
  redisUrl: required('REDIS_URL'),
  jwtSecret: required('JWT_SECRET_KEY'),
  workers,
  // The document's DB_POOL_MAX=20 is of the service; its processes share it.
  poolSize: Math.max(1, Math.floor(Number(process.env.DB_POOL_MAX ?? 20) / workers)),
};
