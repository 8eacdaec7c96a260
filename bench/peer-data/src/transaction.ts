import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Caller } from './authentication';
import { dataSource } from './data-source';
import { Project } from './entities';

const Insert = z.strictObject({
  database: z.literal('postgresql'),
  operation: z.literal('insert'),
  table: z.literal('projects'),
  data: z.strictObject({ title: z.string().max(255), user_id: z.uuid().optional(), status: z.string().optional() }),
});
const Set = z.strictObject({
  database: z.literal('redis'),
  operation: z.literal('set'),
  key: z.string().max(512),
  value: z.string(),
  ttl: z.int().positive(),
});
const Transaction = z.strictObject({ operations: z.array(z.discriminatedUnion('database', [Insert, Set])).min(1).max(50) });

/** The rows in one transaction, then the keys: what the document's drawing has, without a log, fences or idempotency. */
export function transaction(redis: Redis) {
  return async (request: Request, response: Response): Promise<void> => {
    const parsed = Transaction.safeParse(request.body);
    if (!parsed.success) {
      response.status(400).json({ error: { code: 'VALIDATION_FAILED', message: parsed.error.message } });
      return;
    }
    const caller: Caller = response.locals.caller;
    const results: unknown[] = [];
    await dataSource.transaction(async (manager) => {
      for (const operation of parsed.data.operations) {
        if (operation.database !== 'postgresql') continue;
        const row = await manager.save(Project, { ...operation.data, user_id: caller.userId });
        results.push({ database: 'postgresql', operation: 'insert', status: 'success', data: row });
      }
    });
    for (const operation of parsed.data.operations) {
      if (operation.database !== 'redis') continue;
      await redis.set(`u:${caller.userId}:${operation.key}`, operation.value, 'EX', operation.ttl);
      results.push({ database: 'redis', operation: 'set', status: 'success' });
    }
    response.json({ transaction_id: `tx_${randomUUID()}`, status: 'committed', results });
  };
}
