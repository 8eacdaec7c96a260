import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Caller } from './authentication';
import { dataSource } from './data-source';
import { Project, User } from './entities';

const CACHE_SECONDS = 300;
const TABLES = { projects: Project, users: User } as const;

const Query = z.strictObject({
  database: z.literal('postgresql'),
  query_type: z.literal('select'),
  table: z.enum(['projects', 'users']),
  filters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  pagination: z.strictObject({ page: z.int().min(1), limit: z.int().min(1).max(500) }).default({ page: 1, limit: 20 }),
});

export function query(redis: Redis) {
  return async (request: Request, response: Response): Promise<void> => {
    const parsed = Query.safeParse(request.body);
    if (!parsed.success) {
      response.status(400).json({ error: { code: 'VALIDATION_FAILED', message: parsed.error.message } });
      return;
    }
    const { table, filters, pagination } = parsed.data;
    const caller: Caller = response.locals.caller;
    const columns = dataSource.getMetadata(TABLES[table]).columns.map((column) => column.propertyName);
    const unknown = Object.keys(filters).find((column) => !columns.includes(column));
    if (unknown) {
      response.status(400).json({ error: { code: 'UNKNOWN_COLUMN', message: unknown } });
      return;
    }
    const bypass = request.headers['cache-control'] === 'no-cache';
    const key = `query:${caller.userId}:${createHash('sha256').update(JSON.stringify(parsed.data)).digest('hex')}`;
    if (!bypass) {
      const cached = await redis.get(key);
      if (cached) {
        response.setHeader('X-Cache', 'HIT').type('application/json').send(cached);
        return;
      }
    }
    const owned = table === 'users' ? { id: caller.userId } : { user_id: caller.userId };
    const [data, total] = await dataSource.getRepository<User | Project>(TABLES[table]).findAndCount({
      where: { ...filters, ...owned },
      order: { created_at: 'DESC', id: 'DESC' },
      skip: (pagination.page - 1) * pagination.limit,
      take: pagination.limit,
    });
    const body = JSON.stringify({
      data,
      pagination: { ...pagination, total, pages: Math.ceil(total / pagination.limit) },
    });
    if (!bypass) await redis.set(key, body, 'EX', CACHE_SECONDS);
    response.setHeader('X-Cache', bypass ? 'BYPASS' : 'MISS').type('application/json').send(body);
  };
}
