import { defineConfig } from 'nuthatch';

export default defineConfig({
  schemas: 'schemas/**/*.ts',
  output: 'generated',
  importExtension: '.js',
  tsconfig: '../../tsconfig.examples.json',
});
