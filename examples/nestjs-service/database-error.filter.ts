import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { DatabaseError } from '@nuthatch/runtime';

/** HTTP status by error code; a code that is not here is our own fault. */
const STATUS: Readonly<Record<string, number>> = {
  VALIDATION_FAILED: 400,
  INVALID_KEY: 400,
  INVALID_QUERY: 400,
  INVALID_INDEX_VALUE: 400,
  DOCUMENT_NOT_FOUND: 404,
  DUPLICATE_KEY: 409,
};

interface Response {
  status(code: number): { json(body: unknown): void };
}

/** Answers errors of the database with the status that fits them. */
@Catch(DatabaseError)
export class DatabaseErrorFilter implements ExceptionFilter {
  catch(error: DatabaseError, host: ArgumentsHost): void {
    const { code, message } = error;
    const status = STATUS[code] ?? 500;
    const response = host.switchToHttp().getResponse<Response>();
    if (status === 500) console.error(error);
    response
      .status(status)
      .json(status === 500 ? { code: 'INTERNAL', message: 'something went wrong' } : { code, message });
  }
}
