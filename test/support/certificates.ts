import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes certificates of a private authority with openssl, in one folder. */
export interface CertificateAuthority {
  /** The authority's own certificate. */
  readonly ca: string;
  /** Paths of a certificate for these names and of its key. */
  issue(
    name: string,
    altNames: string,
    until?: '20210101000000Z' | '20990101000000Z',
  ): { readonly cert: string; readonly key: string };
}

export function certificateAuthority(dir: string): CertificateAuthority {
  const at = (name: string): string => join(dir, name);
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { stdio: 'ignore', cwd: dir });
  };
  const request = ['req', '-newkey', 'rsa:2048', '-nodes'] as const;
  openssl(...request, '-x509', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority', '-days', '2');
  return {
    ca: at('ca.pem'),
    issue(name, altNames, until = '20990101000000Z') {
      openssl(...request, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      const config = `[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=${name}.index\nserial=${name}.serial\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=${altNames}\n`;
      writeFileSync(at(`${name}.cnf`), config);
      writeFileSync(at(`${name}.index`), '');
      writeFileSync(at(`${name}.serial`), `${String(name.length).padStart(2, '0')}${String(Date.now()).slice(-6)}`);
      const signing = ['ca', '-batch', '-config', `${name}.cnf`, '-cert', 'ca.pem', '-keyfile', 'ca.key', '-notext'];
      const dates = ['-startdate', '20200101000000Z', '-enddate', until];
      openssl(...signing, ...dates, '-in', `${name}.csr`, '-out', `${name}.pem`);
      return { cert: at(`${name}.pem`), key: at(`${name}.key`) };
    },
  };
}
