/** The database that TIS keeps its data in. */
export const tisDatabase = 'tcs';

/** The column of a lab's own that holds a change's unique id, in every table. */
export const markColumn = 'labChange';

/**
 * Tables shaped like those of TIS that feed ESR: the same names and kinds of columns, fewer of them, without the keys
 * between them. Only `id` is unique, as there.
 */
export const tisTables = {
  Post: [
    'nationalPostNumber varchar(255) DEFAULT NULL',
    'status varchar(255) DEFAULT NULL',
    'owner varchar(255) DEFAULT NULL',
    'trainingDescription text DEFAULT NULL',
  ],
  Placement: [
    'traineeId bigint NOT NULL',
    'postId bigint DEFAULT NULL',
    'dateFrom date DEFAULT NULL',
    'dateTo date DEFAULT NULL',
    'placementWholeTimeEquivalent decimal(6,3) DEFAULT NULL',
    'placementType varchar(255) DEFAULT NULL',
    'lifecycleState varchar(255) DEFAULT NULL',
    'amendedDate datetime DEFAULT NULL',
  ],
  EsrNotification: [
    'notificationTitleCode varchar(255) DEFAULT NULL',
    'deaneryBody varchar(255) DEFAULT NULL',
    'deaneryPostNumber varchar(255) DEFAULT NULL',
    'managingDeaneryBodyCode varchar(255) DEFAULT NULL',
    'createdDate timestamp NOT NULL DEFAULT current_timestamp()',
  ],
  PlacementEsrEvent: [
    'placementId bigint NOT NULL',
    'eventDateTime datetime DEFAULT NULL',
    'filename varchar(255) NOT NULL',
    'positionNumber bigint DEFAULT NULL',
    'positionId bigint DEFAULT NULL',
    'status varchar(255) DEFAULT NULL',
  ],
} as const;

/** Name of one of {@link tisTables}. */
export type TisTable = keyof typeof tisTables;

/** Statements that make the database and its tables. */
export const tisStatements: readonly string[] = [
  `CREATE DATABASE ${tisDatabase} CHARACTER SET utf8mb4`,
  ...Object.entries(tisTables).map(
    ([name, columns]) =>
      `CREATE TABLE ${tisDatabase}.${name} (id bigint NOT NULL AUTO_INCREMENT, ${columns.join(', ')}, ` +
      `${markColumn} varchar(60) DEFAULT NULL, PRIMARY KEY (id)) ENGINE=InnoDB`,
  ),
];
