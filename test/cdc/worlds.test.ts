import { repointCases } from './repoint-cases.ts';
import { resetCases } from './reset-cases.ts';
import { sharedLab } from './shared-lab.ts';

/* What changes one CDC among many: all in one lab, side by side. */

const lab = sharedLab();

resetCases(lab);
repointCases(lab);
