import { defineConfig } from 'nuthatch';

export default defineConfig({
  schemas: 'schemas/**/*.ts',
  output: 'generated',
  importExtension: '.js',
  search: true,
  tsconfig: '../../tsconfig.examples.json',
});
