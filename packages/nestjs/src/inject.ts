import { Inject } from '@nestjs/common';
import { type DocumentClass, getDatabaseToken, getRepositoryToken } from './tokens.js';

/** Injects the database. @param name as given to `forRoot`. */
export function InjectDatabase(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getDatabaseToken(name));
}

/** Injects the repository of a class that `forFeature` names. @param name of the database, as given to `forRoot`. */
export function InjectRepository(documentClass: DocumentClass, name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getRepositoryToken(documentClass, name));
}
