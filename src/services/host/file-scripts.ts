/** Exit codes of the scripts below: numbers that neither a shell nor the programs in them use. */
export const scriptCodes = {
  absent: 60,
  notAFile: 61,
  refused: 62,
  changed: 63,
  noTemporary: 64,
  notWritten: 65,
  incomplete: 66,
  owner: 67,
  backup: 68,
  notReplaced: 69,
  already: 70,
} as const;

/** `$1` a path: sets `t` to where it leads. The added `x` keeps line ends at the end of a name. */
const follow = `LC_ALL=C; export LC_ALL
t=$(readlink -f -- "$1" && echo x) || exit ${scriptCodes.absent}
t=\${t%?x}
[ -e "$t" ] || exit ${scriptCodes.absent}
`;

/** Prints type, size, owner, group, mode (hex with type) and time, then the target and a NUL. */
const describe = `stat -c '%s %u %g %f %Y' -- "$t" || exit ${scriptCodes.refused}
printf '%s\\0' "$t"
`;

/** Argument: path. */
export const statScript = `${follow}${describe}`;

/** Arguments: path, greatest number of bytes. The content comes after what `statScript` prints. */
export const readScript = `${follow}[ -f "$t" ] || exit ${scriptCodes.notAFile}
[ -r "$t" ] || { echo 'permission denied' >&2; exit ${scriptCodes.refused}; }
${describe}head -c "$2" -- "$t" || exit ${scriptCodes.refused}
`;

/**
 * Arguments: path, SHA-256 of the old content, of the new, ending of the backup's name; the new content on standard
 * input. All of it happens in the file's own folder, so that the last step is one rename: at any moment the path holds
 * the whole old or the whole new content. The old content is looked at again just before that step.
 */
export const writeScript = `${follow}[ -f "$t" ] || exit ${scriptCodes.notAFile}
umask 077
sum() { s=$(sha256sum < "$1") && printf '%.64s' "$s"; }
now=$(sum "$t") || exit ${scriptCodes.refused}
printf '%s\\0' "$t"
[ "$now" = "$3" ] && exit ${scriptCodes.already}
[ "$now" = "$2" ] || exit ${scriptCodes.changed}
d=\${t%/*}
n=$(mktemp "$d/.esr-ops-XXXXXXXXXX") || exit ${scriptCodes.noTemporary}
k=
trap 'rm -f -- "$n" \${k:+"$k"}' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cat > "$n" || exit ${scriptCodes.notWritten}
[ "$(sum "$n")" = "$3" ] || exit ${scriptCodes.incomplete}
cp --attributes-only --preserve=all -- "$t" "$n" 2>/dev/null
touch -- "$n"
o=$(stat -c '%u:%g' -- "$t") && m=$(stat -c '%a' -- "$t") || exit ${scriptCodes.refused}
[ "$(stat -c '%u:%g' -- "$n")" = "$o" ] || chown "$o" -- "$n" || exit ${scriptCodes.owner}
chmod "$m" -- "$n" || exit ${scriptCodes.owner}
[ "$(stat -c '%u:%g %a' -- "$n")" = "$o $m" ] || exit ${scriptCodes.owner}
sync -- "$n" || exit ${scriptCodes.notWritten}
b=$t$4
if [ -e "$b" ] || [ -L "$b" ]; then
  [ "$(sum "$b")" = "$2" ] || { echo "$b is there already with other content" >&2; exit ${scriptCodes.backup}; }
else
  k=$(mktemp "$d/.esr-ops-XXXXXXXXXX") || exit ${scriptCodes.backup}
  cp -p -- "$t" "$k" || exit ${scriptCodes.backup}
  [ "$(sum "$k")" = "$2" ] || exit ${scriptCodes.changed}
  sync -- "$k" || exit ${scriptCodes.backup}
  ln -T -- "$k" "$b" || exit ${scriptCodes.backup}
  rm -f -- "$k"; k=
fi
[ "$(sum "$t")" = "$2" ] || exit ${scriptCodes.changed}
mv -f -T -- "$n" "$t" || exit ${scriptCodes.notReplaced}
sync -- "$d/"
exit 0
`;
