import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { DatabaseError } from '@nuthatch/runtime';

/** HTTP status by error code; what is not here is our own fault. */
const STATUS: Readonly<Record<string, number>> = {
  VALIDATION_FAILED: 400,
  INVALID_KEY: 400,
  DOCUMENT_NOT_FOUND: 404,
  DUPLICATE_KEY: 409,
  REVISION_MISMATCH: 412,
};

interface Response {
  status(code: number): { json(body: unknown): void };
}

/** Answers errors of the database with the status that fits them. */
@Catch(DatabaseError)
export class DatabaseErrorFilter implements ExceptionFilter {
  catch(error: DatabaseError, host: ArgumentsHost): void {
    const status = STATUS[error.code] ?? 500;
    const message = status < 500 ? error.message : 'something went wrong';
    const { code } = error;
    host
      .switchToHttp()
      .getResponse<Response>()
      .status(status)
      .json(new HttpException({ code, message }, status).getResponse());
  }
}
