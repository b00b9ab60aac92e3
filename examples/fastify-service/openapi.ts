/** The description of the service at /openapi.json. The schema of a contact comes from its class, schemas/contact.ts. */
import { contactSchema } from './generated/index.js';

export const COMPONENTS = [
  { $id: 'Contact', ...contactSchema.jsonSchema('document', 'draft-07') },
  { $id: 'NewContact', ...contactSchema.jsonSchema('input', 'draft-07') },
  { $id: 'ContactPatch', ...contactSchema.jsonSchema('patch', 'draft-07') },
  {
    $id: 'Problem',
    type: 'object',
    required: ['code', 'message'],
    properties: {
      code: { type: 'string', description: 'an error code of Nuthatch, such as VALIDATION_FAILED' },
      message: { type: 'string' },
      violations: {
        type: 'array',
        items: {
          type: 'object',
          properties: { path: { type: 'string' }, message: { type: 'string' } },
        },
      },
    },
  },
];

const problem = (description: string) => ({ description, $ref: 'Problem#' });
const contact = (description: string) => ({
  description,
  headers: { etag: { type: 'string', description: 'the revision, for If-Match' } },
  $ref: 'Contact#',
});
const params = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };
const ifMatch = {
  type: 'object',
  properties: { 'if-match': { type: 'string', description: 'refused with 412 unless this is the revision' } },
};
const notFound = problem('there is no such contact');
const invalid = problem('the input is not valid: the violations say why');
const taken = problem('another contact has this address');
const moved = problem('the contact has another revision');

/** One description for each route. */
export const ROUTES = {
  list: {
    summary: 'Contacts by name, in pages',
    querystring: {
      type: 'object',
      properties: {
        group: { type: 'string' },
        limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
        after: { type: 'string', description: '`next` of the page before' },
      },
    },
    response: {
      200: {
        description: 'a page; without `next` it is the last one',
        type: 'object',
        properties: { items: { type: 'array', items: { $ref: 'Contact#' } }, next: { type: 'string' } },
      },
      400: invalid,
    },
  },
  get: { summary: 'One contact', params, response: { 200: contact('the contact'), 404: notFound } },
  add: {
    summary: 'A new contact',
    body: { $ref: 'NewContact#' },
    response: { 201: contact('added'), 400: invalid, 409: taken },
  },
  change: {
    summary: 'Changes the fields that are given',
    params,
    headers: ifMatch,
    body: { $ref: 'ContactPatch#' },
    response: { 200: contact('changed'), 400: invalid, 404: notFound, 409: taken, 412: moved },
  },
  remove: {
    summary: 'Deletes a contact',
    params,
    headers: ifMatch,
    response: { 204: { description: 'deleted', type: 'null' }, 404: notFound, 412: moved },
  },
} as const;
