import { defineDocument, field } from '@nuthatch/decorators';

/** A match between two clubs, declared without decorators; its number is given out by the database. */
export const Match = defineDocument('Match', {
  id: field.number().id({ generate: 'sequence' }),
  home: field.string().tag(),
  away: field.string().tag(),
  playedAt: field.date().range(),
  goals: field.array(field.number()).default([]),
  status: field.literal('planned', 'running', 'over').default('planned').tag(),
  report: field.string().optional(),
});
export type Match = InstanceType<typeof Match>;
