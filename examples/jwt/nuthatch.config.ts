import { defineConfig } from 'nuthatch';

export default defineConfig({
  schemas: 'schemas/**/*.ts',
  output: 'generated',
  importExtension: '.js',
  sync: true,
  tsconfig: '../../tsconfig.examples.json',
});
