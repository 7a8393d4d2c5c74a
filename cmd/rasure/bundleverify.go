package main

import (
	"fmt"
	"strings"

	"rasure/certify"
	"rasure/cmd/internal/fault"
)

// verifyHead begins VERIFY.txt: a text to read, and a script for any POSIX shell. The functions are short, so that who runs it can
// see what it does.
const verifyHead = `# How to verify this bundle without rasure. Read it, then run it in this directory:  sh VERIFY.txt
# It needs openssl, ssh-keygen (8.9 or newer), sha256sum and the usual tools, and no network. It stops at the first thing that is wrong.
#
# What you have to know by another way than this bundle: the station's public key, station.pem. Its SHA-256, as
#   openssl pkey -pubin -in station.pem -outform DER | sha256sum
# prints it, must be the one that the office told you. The same goes for the roots of the first roster, if there is one.
# What this cannot show: that the station was honest at the time, and that the log was not cut back since.
set -eu
export LC_ALL=C
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
sha256() { openssl dgst -sha256 -binary; }
text() { sed '/^$/,$d' "$1"; }                                                   # FILE: what was signed
line() { sed '1,/^$/d' "$1" | sed -n "$2p" | cut -d' ' -f3 | base64 -d | tail -c +5; }  # FILE N: its Nth signature
station() {  # FILE: the station's signature, ECDSA over SHA-256
  text "$1" > "$T/text"; line "$1" 1 > "$T/signature"
  openssl dgst -sha256 -verify station.pem -signature "$T/signature" "$T/text"; }
person() {   # FILE N ROSTER NAME NAMESPACE TIME: the Nth signature, by a person whom that roster allowed it then
  text "$1" > "$T/text"
  { echo '-----BEGIN SSH SIGNATURE-----'; line "$1" "$2" | base64; echo '-----END SSH SIGNATURE-----'; } > "$T/signature"
  sed -n 's/^    "\(.*\)",\{0,1\}$/\1/p' "$3" | sed 's/\\"/"/g' > "$T/allowed_signers"
  ssh-keygen -Y verify -f "$T/allowed_signers" -I "$4" -n "$5" -O verify-time="$6" -s "$T/signature" < "$T/text"; }
included() { # FILE [left|right HASH]...: it is in the log, RFC 6962: hashed with its neighbours it makes the root in the checkpoint
  { printf '\000'; cat "$1"; } | sha256 > "$T/hash"; shift
  while [ $# -gt 0 ]; do
    printf '%s' "$2" | base64 -d > "$T/other"
    if [ "$1" = left ]; then { printf '\001'; cat "$T/other" "$T/hash"; } | sha256 > "$T/up"
    else { printf '\001'; cat "$T/hash" "$T/other"; } | sha256 > "$T/up"; fi
    mv "$T/up" "$T/hash"; shift 2
  done
  [ "$(base64 < "$T/hash")" = "$(sed -n 3p checkpoint)" ] || { echo "not in the log"; exit 1; }; }
follows() {  # FILE EARLIER: it names the SHA-256 of an earlier entry
  grep -q "$(sha256sum < "$2" | cut -c 1-64)" "$1" || { echo "$1 does not refer to $2"; exit 1; }; }
counter() {  # VALUE: the TPM attests, about this very checkpoint, that its counter stood at the number of entries and the base
  text checkpoint > "$T/text"; line checkpoint 2 > "$T/line"
  head -c 149 "$T/line" > "$T/attest"; tail -c +150 "$T/line" > "$T/signature"
  openssl dgst -sha256 -verify station.pem -signature "$T/signature" "$T/attest"
  [ "$(head -c 76 "$T/attest" | tail -c 32 | base64)" = "$(sha256 < "$T/text" | base64)" ]
  [ $((0x$(tail -c 8 "$T/attest" | od -An -tx1 | tr -d ' \n'))) -eq "$1" ] || { echo "the counter is not $1"; exit 1; }; }

`

// verifyText writes VERIFY.txt: the functions above, and every single check. Begin is the entry that the certificate refers to.
func (b *bundled) verifyText(begin int64, missing []string) (string, error) {
	var t strings.Builder
	t.WriteString(verifyHead)
	say := func(format string, args ...any) { fmt.Fprintf(&t, format+"\n", args...) }
	say("# every file is the one that was packed")
	say("sha256sum -c --quiet SHA256SUMS")
	for _, name := range missing {
		say("# MISSING: evidence file %s, which a statement names, was not there when this was packed", visible(name))
	}
	say("# the log of %s, %d entries", b.station.Name, b.Checkpoint.Size)
	say("station checkpoint")
	if c := b.station.Counter; c != nil {
		say("counter %d", c.Base+uint64(b.Checkpoint.Size))
	}
	for _, i := range b.indices() {
		name := entryName(i)
		say("\n# entry %d: %s", i, visible(string(certify.KindOf(b.entries[i]))))
		say("%s", strings.TrimSpace("included "+name+" "+strings.Join(b.paths[i], " ")))
		if !byPeople(b.entries[i]) {
			say("station %s", name)
			continue
		}
		who, err := b.signatures(i)
		if err != nil {
			return "", fault.NotVerifiedf("entry %d: %w", i, err)
		}
		for _, s := range who {
			say("person %s %d %s %s %s %s", name, s.line, entryName(s.roster), s.principal, s.role.Namespace(), s.at.Format("20060102150405Z"))
		}
		if certify.KindOf(b.entries[i]) == certify.KindRoster {
			before := b.Rosters.At(i)
			switch in := b.Rosters.At(i + 1); {
			case before != nil:
				say("# a change: it needed %d root(s) of the roster before it", before.Threshold)
			case in != nil:
				say("# the first one: it is signed by its own roots alone, %d of them; compare them with what the office told you", in.Threshold)
			}
		}
	}
	say("\n# the certificate refers to its begin")
	say("follows %s %s", entryName(b.cert), entryName(begin))
	say("cmp %s certificate.cert", entryName(b.cert))
	say("echo 'all of it verifies: entry %d, and what people state about it'", b.cert)
	return t.String(), nil
}

func entryName(i int64) string { return fmt.Sprintf("entries/%06d", i) }
