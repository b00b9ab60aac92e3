import { defineConfig } from 'nuthatch';

export default defineConfig({
  schemas: ['schemas/**/*.ts'],
  output: 'generated',
  data: 'data',
});
