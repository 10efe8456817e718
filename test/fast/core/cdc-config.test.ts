import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBootLines } from '../../../src/core/boot-lines.ts';
import { effectiveTarget, maxwellDefaults, type CdcConfigKind } from '../../../src/core/cdc-config.ts';
import { Fault } from '../../../src/core/fault.ts';
import { maskSecrets } from '../../../src/core/mask-secrets.ts';
import { readMaxwellSettings } from '../../../src/core/maxwell-settings.ts';
import { repointed, type RepointTarget } from '../../../src/core/repointed.ts';

const compose: CdcConfigKind = { kind: 'compose', service: 'cdc' };
const bytes = (text: string): Uint8Array => Buffer.from(text);
const settings = (text: string, kind: CdcConfigKind): Record<string, string> =>
  Object.fromEntries([...readMaxwellSettings(bytes(text), kind, 'f').values].map(([name, { value }]) => [name, value]));
const edit = (text: string, kind: CdcConfigKind, target: RepointTarget): { text: string; diff: string[] } => {
  const done = repointed(bytes(text), kind, 'f', target);
  return {
    text: Buffer.from(done.bytes).toString(),
    diff: done.diff.map((line) => `${line.sign}${line.at} ${line.text}`),
  };
};
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error.problems[0].code;
    throw error;
  }
  return expect.fail('no Fault');
};
const to: RepointTarget = { vhost: 'esr-new', user: 'cdc2', password: 'n3w-pa55word' };

const properties = `# Maxwell of ESR\r
producer=rabbitmq\r
  rabbitmq_host : broker.example\r
rabbitmq_user=cdc\r
rabbitmq_pass=0ld-pa55\\\r
     word\r
! rabbitmq_virtual_host=commented\r
rabbitmq_exchange = tis\r
rabbitmq_exchange_type=topic\r
\r
host=db`;
const envFile = `# CDC
MYSQL_PASSWORD=mysql-pa55
MAXWELL_OPTIONS=--rabbitmq_host=broker  --rabbitmq_user cdc --rabbitmq_pass=0ld-pa55word --rabbitmq_exchange=tis
OTHER="a b" # kept
`;
const composeMap = `# all of it
services:
    other: { image: x }
    cdc:
        image: zendesk/maxwell   # pinned later
        environment:
            MAXWELL_RABBITMQ_HOST: broker      # where
            MAXWELL_RABBITMQ_VIRTUAL_HOST: 'esr'

            MAXWELL_RABBITMQ_USER: "cdc"
            MAXWELL_RABBITMQ_PASS: 0ld-pa55word
        restart: "no"
`;
const composeList = `services:
  cdc:
    environment:
    - "MAXWELL_OPTIONS=--rabbitmq_host=broker --rabbitmq_user=cdc --rabbitmq_pass=0ld-pa55word"
    - TZ=UTC # utc
volumes: {}
`;

describe('where CDC publishes', () => {
  const target = (text: string): ReturnType<typeof effectiveTarget> =>
    effectiveTarget(readMaxwellSettings(bytes(text), { kind: 'properties' }, 'f'));

  it("takes Maxwell's defaults", () => {
    expect(target('rabbitmq_host=b')).toEqual({
      host: 'b',
      port: 5672,
      tls: false,
      vhost: '/',
      user: 'guest',
      exchange: 'maxwell',
      type: 'fanout',
      durable: false,
      warnings: [],
    });
    expect(target('').host).toBeNull();
  });

  it('never believes vhost, user or password of a URI', () => {
    const found = target('rabbitmq_uri=amqps://cdc:pa55word@mq.example:5999/esr');
    expect(found).toMatchObject({ host: 'mq.example', port: 5999, tls: true, vhost: '/', user: 'guest' });
    expect(found.warnings).toHaveLength(2);
    expect(JSON.stringify(found)).not.toContain('pa55word');
    expect(target('rabbitmq_uri=amqps://mq/esr\nrabbitmq_virtual_host=esr\nrabbitmq_host=other')).toMatchObject({
      host: 'other',
      port: 5671,
      vhost: 'esr',
      warnings: [],
    });
  });

  it.each([
    ['env', { kind: 'env' }, envFile],
    ['list', compose, composeList],
  ] as const)('reads the arguments in a variable: %s', (_name, kind, text) => {
    expect(settings(text, kind)).toMatchObject({ rabbitmq_host: 'broker', rabbitmq_user: 'cdc' });
  });

  it('lets arguments win over variables and names what it can not see', () => {
    const config = readMaxwellSettings(
      bytes(`services:
  cdc:
    command: bin/maxwell --env_config_prefix=CDC_ --rabbitmq_user=fourth
    env_file: secrets.env
    environment:
      CDC_rabbitmq_virtual_host: a$$b
      CDC_RABBITMQ_PASS: \${PASS}
      CDC_RABBITMQ_USER: third
`),
      compose,
      'f',
    );
    expect(config.values.get('rabbitmq_virtual_host')).toMatchObject({ value: 'a$b', source: 'variable', known: true });
    expect(config.values.get('rabbitmq_pass')).toMatchObject({ known: false });
    expect(config.values.get('rabbitmq_user')).toMatchObject({ value: 'fourth', source: 'argument', from: 'command' });
    expect(config.warnings.join()).toContain('secrets.env');
    expect(effectiveTarget(config).warnings.join()).toContain('rabbitmq_pass is taken from somewhere else');
  });
});

describe('repointing', () => {
  it('changes the properties file where they stand, and nothing else', () => {
    const { text, diff } = edit(properties, { kind: 'properties' }, to);
    expect(text).toBe(
      properties
        .replace('rabbitmq_user=cdc', 'rabbitmq_user=cdc2')
        .replace('0ld-pa55\\\r\n     word', 'n3w-pa55word')
        .replace('rabbitmq_exchange_type=topic', 'rabbitmq_exchange_type=topic\r\nrabbitmq_virtual_host=esr-new'),
    );
    expect(diff.join('\n')).not.toMatch(/pa55|word/);
    expect(diff).toContain('+9 rabbitmq_virtual_host=esr-new');
    expect(diff).toContain('-4 rabbitmq_user=cdc');
  });

  it('keeps a file of any encoding and its byte order mark', () => {
    const text = Buffer.concat([
      Buffer.from([0xef, 0xbb, 0xbf]),
      Buffer.from('rabbitmq_virtual_host=x\n# caf\xe9 \xff\x00\nrabbitmq_user=a\nrabbitmq_pass=b\n', 'latin1'),
    ]);
    const { bytes: after } = repointed(text, { kind: 'properties' }, 'f', { vhost: 'ünï 漢🙂' });
    const written = Buffer.from(after).toString('latin1');
    expect(written).toBe(text.toString('latin1').replace('host=x', 'host=\\u00fcn\\u00ef \\u6f22\\ud83d\\ude42'));
    expect(readMaxwellSettings(after, { kind: 'properties' }, 'f').values.get('rabbitmq_virtual_host')?.value).toBe(
      'ünï 漢🙂',
    );
  });

  it('changes arguments inside a variable of an env file', () => {
    const { text, diff } = edit(envFile, { kind: 'env' }, to);
    expect(text).toBe(
      envFile.replace(
        '--rabbitmq_user cdc --rabbitmq_pass=0ld-pa55word --rabbitmq_exchange=tis',
        '--rabbitmq_user cdc2 --rabbitmq_pass=n3w-pa55word --rabbitmq_exchange=tis --rabbitmq_virtual_host=esr-new',
      ),
    );
    expect(diff.join('\n')).not.toMatch(/pa55/);
  });

  it('changes single variables of a compose file, its comments, quotes and layout kept', () => {
    const { text, diff } = edit(composeMap, compose, { ...to, vhost: "e's $x" });
    expect(text).toBe(
      composeMap
        .replace("'esr'", () => `'e''s $$x'`)
        .replace('"cdc"', '"cdc2"')
        .replace('0ld-pa55word', 'n3w-pa55word'),
    );
    expect(diff.join('\n')).not.toMatch(/pa55/);
    expect(settings(text, compose)['rabbitmq_virtual_host']).toBe("e's $x");
  });

  it('changes list items, and adds what is missing', () => {
    expect(edit(composeList, compose, to).text).toBe(
      composeList.replace(
        '--rabbitmq_user=cdc --rabbitmq_pass=0ld-pa55word',
        '--rabbitmq_user=cdc2 --rabbitmq_pass=n3w-pa55word --rabbitmq_virtual_host=esr-new',
      ),
    );
    const missing = composeMap.replace("            MAXWELL_RABBITMQ_VIRTUAL_HOST: 'esr'\n", '');
    expect(edit(missing, compose, to).text).toContain(
      'word\n            MAXWELL_RABBITMQ_VIRTUAL_HOST: "esr-new"\n        restart',
    );
    const flow = 'services: {cdc: {environment: {MAXWELL_RABBITMQ_HOST: b, MAXWELL_RABBITMQ_USER: u}}}\n';
    expect(settings(edit(flow, compose, to).text, compose)).toMatchObject({ rabbitmq_virtual_host: 'esr-new' });
  });

  it('writes out what was only a default, and says when there is nothing to do', () => {
    const { text } = edit('rabbitmq_host=b\n', { kind: 'properties' }, { vhost: '/' });
    expect(text).toBe('rabbitmq_host=b\nrabbitmq_virtual_host=/\nrabbitmq_user=guest\nrabbitmq_pass=guest\n');
    expect(edit(text, { kind: 'properties' }, { vhost: '/' })).toEqual({ text, diff: [] });
  });

  it('refuses what would not arrive', () => {
    const inUri = 'rabbitmq_uri=amqp://cdc:pw@b/esr\n';
    expect(codeOf(() => edit(inUri, { kind: 'properties' }, { vhost: 'v' }))).toBe('cdc.credentials-in-uri');
    expect(edit(inUri, { kind: 'properties' }, to).text).toContain('rabbitmq_user=cdc2');
    for (const vhost of ['a b', 'a*', "a'b", 'a\nb', ''])
      expect(codeOf(() => edit(envFile, { kind: 'env' }, { ...to, vhost }))).toBe('cdc.edit-refused');
    for (const password of ['a$b', '"', '\\', '#'])
      expect(codeOf(() => edit('MAXWELL_RABBITMQ_PASS=x\n', { kind: 'env' }, { ...to, password }))).toBe(
        'cdc.edit-refused',
      );
    const inCommand =
      'services:\n  cdc:\n    command: [bin/maxwell, --rabbitmq_user=u]\n    environment:\n      A: b\n';
    expect(codeOf(() => edit(inCommand, compose, to))).toBe('cdc.edit-refused');
    const shared = 'x: &e\n  MAXWELL_OPTIONS: --rabbitmq_host=b\nservices:\n  cdc:\n    environment: *e\n';
    expect(codeOf(() => edit(shared, compose, to))).toBe('cdc.edit-refused');
    expect(codeOf(() => edit('services: {}\n', compose, to))).toBe('cdc.config-unreadable');
    expect(codeOf(() => repointed(Buffer.from([0xff]), compose, 'f', to))).toBe('cdc.config-unreadable');
    try {
      edit(shared, compose, to);
    } catch (error) {
      expect(JSON.stringify((error as Fault).problems)).not.toContain('pa55');
    }
  });

  const value = fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);
  const names = ['rabbitmq_virtual_host', 'rabbitmq_user', 'rabbitmq_pass', 'rabbitmq_host', 'producer', 'weird key'];

  it('gives exactly the wanted settings for any properties file, once', () => {
    const entry = fc
      .tuple(fc.constantFrom(...names), fc.constantFrom('=', ' = ', ':', '\t', ' \\\n  = '), value)
      .map(
        ([key, between, text]) =>
          `${key.replace(' ', '\\ ')}${between}${text.replace(/[\\\r\n\f\t ]/g, (sign) => `\\${{ '\r': 'r', '\n': 'n', '\f': 'f', '\t': 't' }[sign] ?? sign}`)}`,
      );
    const line = fc.oneof(
      entry,
      entry,
      value.map((text) => `# ${text.replace(/[\r\n]/g, '')}`),
      fc.constantFrom('', '  ', 'lonely', 'end\\'),
    );
    const file = fc
      .tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n', '\r'), fc.boolean())
      .map(([lines, eol, closed]) => lines.join(eol) + (closed ? eol : ''));
    fc.assert(
      fc.property(file, value, value, value, (text, vhost, user, password) => {
        const kind: CdcConfigKind = { kind: 'properties' };
        const before = settings(text, kind);
        const { text: after } = edit(text, kind, { vhost, user, password });
        const wanted = { rabbitmq_virtual_host: vhost, rabbitmq_user: user, rabbitmq_pass: password };
        expect(settings(after, kind)).toEqual({ ...maxwellDefaults, ...before, ...wanted });
        expect(edit(after, kind, { vhost, user, password })).toEqual({ text: after, diff: [] });
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a map', composeMap],
    [
      'a map with blocks',
      composeMap
        .replace('0ld-pa55word', '|-\n                0ld-pa55word\n')
        .replace('"cdc"', '>-\n              cdc'),
    ],
    ['single variables in a list', composeMap.replace(/(MAXWELL_\w+): ["']?([\w-]+)["']?/g, '- $1=$2')],
  ])('gives exactly the wanted settings in %s of a compose file, once', (_name, text) => {
    const printable = value.filter((sample) => !/[\ud800-\udfff]/u.test(sample));
    fc.assert(
      fc.property(printable, printable, printable, (vhost, user, password) => {
        const before = settings(text, compose);
        const { text: after } = edit(text, compose, { vhost, user, password });
        const wanted = { rabbitmq_virtual_host: vhost, rabbitmq_user: user, rabbitmq_pass: password };
        expect(settings(after, compose)).toEqual({ ...before, ...wanted });
        expect(edit(after, compose, { vhost, user, password })).toEqual({ text: after, diff: [] });
        expect(after).toContain('# where');
      }),
      { numRuns: 200 },
    );
  });

  it('writes to an env file what every reader takes alike, or refuses', () => {
    fc.assert(
      fc.property(value, fc.boolean(), (vhost, crlf) => {
        const eol = crlf ? '\r\n' : '\n';
        const text = `A=1${eol}MAXWELL_RABBITMQ_HOST=b${eol}# c`;
        try {
          const { text: after } = edit(text, { kind: 'env' }, { ...to, vhost });
          expect(vhost).toMatch(/^[A-Za-z0-9_./:@%+,=-]*$/);
          expect(settings(after, { kind: 'env' })['rabbitmq_virtual_host']).toBe(vhost);
          expect(after.replace(/MAXWELL_RABBITMQ_(?:VIRTUAL_HOST|USER|PASS)=.*\r?\n/g, '')).toBe(text);
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          expect(vhost).not.toMatch(/^[A-Za-z0-9_./:@%+,=-]*$/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('what a diff shows', () => {
  it.each([
    'rabbitmq_pass=pa55',
    'rabbitmq_pass pa55',
    '#old.Password : pa55 word',
    '  MYSQL_PASSWORD: "pa55"',
    "- 'MYSQL_PASSWORD=pa55'",
    '"API_TOKEN": pa55, other: x',
    'MAXWELL_OPTIONS=--user=u --password=pa55 --rabbitmq_pass pa55 --host=h',
    'rabbitmq_uri=amqp://u:pa55@h:5672/v',
    'rabbitmq_uri=amqp://u:pa55@pa55@h/v',
    'x=kn0wn-pa55word-here',
    '     -pa55word',
    '     kn0wn-pa\\',
  ])('holds no secret: %s', (line) => {
    expect(maskSecrets(line, ['kn0wn-pa55word'])).not.toMatch(/pa55|kn0wn/);
  });

  it('shows everything else', () => {
    expect(maskSecrets('MAXWELL_OPTIONS=--password=x --host=h', [])).toBe(
      'MAXWELL_OPTIONS=--password=[secret] --host=h',
    );
    expect(maskSecrets('rabbitmq_uri=amqp://u:x@h:5672/v', [])).toBe('rabbitmq_uri=amqp://u:[secret]@h:5672/v');
    expect(maskSecrets('rabbitmq_virtual_host=esr', ['guest'])).toBe('rabbitmq_virtual_host=esr');
  });
});

describe("Maxwell's start in its log", () => {
  const boot = (position: string): string =>
    `06:25:01,123 [main] INFO  Maxwell - Maxwell v1.29.2 is booting (RabbitmqProducer), starting at Position[BinlogPosition[${position}], lastHeartbeat=1616394300123]`;

  it('is read from its last lines', () => {
    expect(
      readBootLines([
        'x',
        boot('mysql-bin.000001:4'),
        'INFO MysqlSavedSchema - Restoring schema id 7 (last modified at Position[BinlogPosition[mysql-bin.000001:4], lastHeartbeat=0])',
        boot('mysql-bin.000123:4567'),
        'INFO Restoring schema id 9 (last modified at x)',
        'INFO BinlogConnectorReplicator - Setting initial binlog pos to: mysql-bin.000123:4567',
      ]),
    ).toEqual({
      version: '1.29.2',
      position: 'mysql-bin.000123:4567',
      heartbeat: 1616394300123,
      schemaId: 9,
    });
    expect(readBootLines([boot('0-1-100,1-1-5')])).toMatchObject({ position: '0-1-100,1-1-5', schemaId: null });
  });

  it('is null where there is none', () => {
    expect(readBootLines([])).toBeNull();
    expect(readBootLines(['Restoring schema id 3', 'is booting'])).toBeNull();
  });
});
