import type { NextFunction, Request, Response } from 'express';
import { verify } from 'jsonwebtoken';
import { configuration } from './configuration';

export interface Caller {
  userId: string;
  role: string;
}

export function authenticate(request: Request, response: Response, next: NextFunction): void {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  if (scheme !== 'Bearer' || !token) {
    response.status(401).json({ error: { code: 'TOKEN_MISSING', message: 'Authentication required' } });
    return;
  }
  try {
    const claims = verify(token, configuration.jwtSecret, { algorithms: ['HS256'] });
    if (typeof claims === 'string' || !claims.sub) throw new Error('no subject');
    response.locals.caller = { userId: claims.sub, role: String(claims.role) } satisfies Caller;
    next();
  } catch {
    response.status(401).json({ error: { code: 'TOKEN_INVALID', message: 'Invalid token' } });
  }
}

export function requireHeaders(request: Request, response: Response, next: NextFunction): void {
  if (!request.headers['x-request-id'] || !request.headers['x-client-version']) {
    response.status(400).json({ error: { code: 'MISSING_HEADER', message: 'X-Request-ID and X-Client-Version are required' } });
    return;
  }
  next();
}
