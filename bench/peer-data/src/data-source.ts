import { DataSource } from 'typeorm';
import { configuration } from './configuration';
import { Project, User } from './entities';

export const dataSource = new DataSource({
  type: 'postgres',
  url: configuration.databaseUrl,
  entities: [User, Project],
  synchronize: false,
  logging: false,
  poolSize: configuration.poolSize,
  extra: { idleTimeoutMillis: 30_000, connectionTimeoutMillis: 5_000 },
});
