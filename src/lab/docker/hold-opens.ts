/**
 * Perl that has the kernel ask it before anybody opens a folder (fanotify), and never answers: whoever removes the
 * folder waits for as long as this runs, as behind a scanner that hangs. Argument: the folder. Prints a line when it
 * holds. (fanotify_init with class content; fanotify_mark adds permission to open, for the folder itself.)
 */
export const holdOpensScript = `use strict;
use POSIX;
my ($folder) = @ARGV;
my @calls = (POSIX::uname())[4] eq 'aarch64' ? (262, 263) : (300, 301);
my $group = syscall($calls[0], 0x4 | 0x1, 0);
die "fanotify_init: $!" if $group < 0;
my $done = syscall($calls[1], $group, 0x1, 0x10000 | 0x40000000, -100, $folder);
die "fanotify_mark: $!" if $done < 0;
$| = 1;
print "held\\n";
sleep 3600 while 1;
`;
