import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The import directions of the design. Deciding (actions, probes) produces data; only src/apply and the
 * composition root may reach a writer, so that a dry run cannot change anything by accident.
 */
const writers = {
  group: ['**/writer.ts', '**/*-writer.ts'],
  message:
    'Only src/open-effects.ts and src/apply/ may import a writer: everything else must be unable to change anything.',
};
const apply = {
  group: ['**/apply/**'],
  message: 'Only the composition root wires src/apply: deciding never changes anything.',
};
const terminal = { group: ['**/terminal/**'], message: 'The terminal is a port (core Host): import core instead.' };
const onlyCore = (why, ...extra) => [
  'error',
  { patterns: [writers, apply, terminal, ...extra].map((p) => ({ ...p, message: `${p.message} ${why}`.trim() })) },
];
const siblings = (...names) => ({
  group: names.map((n) => `**/${n}/**`),
  message: 'Imports go one way: this folder knows src/core (and itself) only.',
});

export default tseslint.config(
  { ignores: ['dist/', 'build/', 'node_modules/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'exit',
          message: 'Set process.exitCode in bin; leaving early loses output and locks.',
        },
      ],
      'no-control-regex': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ['src/core/**'],
    rules: {
      'no-restricted-imports': onlyCore(
        'Core imports nothing of ours.',
        siblings('cli', 'runbook', 'actions', 'probes', 'services', 'lab', 'report', 'config'),
      ),
    },
  },
  {
    files: ['src/{actions,probes}/**'],
    rules: { 'no-restricted-imports': onlyCore('', siblings('cli', 'runbook', 'services', 'lab', 'report')) },
  },
  { files: ['src/{cli,runbook,report,config}/**'], rules: { 'no-restricted-imports': onlyCore('') } },
  {
    files: ['src/compose.ts', 'src/opening/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [writers, apply] }] },
  },
  {
    files: ['src/services/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [apply, terminal, siblings('cli', 'runbook', 'actions', 'probes', 'lab', 'report')] },
      ],
    },
  },
  {
    files: ['src/terminal/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [writers, apply, siblings('cli', 'runbook', 'actions', 'probes', 'services', 'lab', 'report')] },
      ],
    },
  },
  {
    files: ['src/apply/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [terminal, siblings('cli', 'runbook', 'probes', 'lab', 'report')] },
      ],
    },
  },
  {
    files: ['test/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        Buffer: 'readonly',
        performance: 'readonly',
      },
    },
  },
);
