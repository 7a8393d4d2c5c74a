#!/bin/sh
# verify-bundle.sh BUNDLE STATION.PEM: verifies an unpacked bundle of rasure without rasure.
#
# It needs openssl, ssh-keygen (8.9 or newer), sha256sum and the usual tools, and no network. It runs nothing that came with the
# bundle and stops at the first thing that is wrong. The exit status is 3 if everything verifies and a later statement takes back or replaces what it proves.
# Obtain STATION.PEM independently of the bundle, and this script as well.
# Compare the roots that it prints with those of the office, and the SHA-256 of the first entry with that of the station card: one key can
# sign several logs. It does not judge the office's rules; rasure audit does. Of a certificate of version 2 it compares the seed with its begin. That the
# keys come from it and that the anchor is a head of the log, rasure verify checks; it also reads rosters of version 2.
set -euf
export LC_ALL=C
cd "$1"; pem=$2; case $pem in /*) ;; *) pem=$OLDPWD/$pem ;; esac
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
die() { echo "verify-bundle: $*" >&2; exit 1; }
sha256() { openssl dgst -sha256 -binary; }
number() { printf '%s' "$1" | sed 's/^0*\(.\)/\1/'; }                                      # 000012: 12, not octal
text() { sed '/^$/,$d' "$1"; }                                                             # FILE: what was signed
lines() { sed '1,/^$/d' "$1"; }                                                            # FILE: its signature lines
signature() { lines "$1" | sed -n "$2p" | cut -d' ' -f3 | base64 -d | tail -c +5; }        # FILE N: its Nth signature
field() { text "$1" | sed -n "s/^  \"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p"; } # FILE NAME: a field at the top level

# station FILE: signed by the station, ECDSA over SHA-256
station() {
  text "$1" > "$T/text"; signature "$1" 1 > "$T/signature"
  openssl dgst -sha256 -verify "$pem" -signature "$T/signature" "$T/text" > "$T/out" 2>&1 || die "$1 is not signed by the station"
}

# principal FILE N ROSTER: the name of the person who made the Nth signature, if the roster allowed it at that time
principal() {
  role=$(lines "$1" | sed -n "$2p" | cut -d' ' -f2)
  at=$(field "$1" at); [ -n "$at" ] || at=$(field "$1" issued)
  at=$(printf '%s' "$at" | tr -d 'T:-')
  text "$1" > "$T/text"
  { echo '-----BEGIN SSH SIGNATURE-----'; signature "$1" "$2" | base64; echo '-----END SSH SIGNATURE-----'; } > "$T/signature"
  list=signers; [ "$role" != rasure-roster ] || list=roots
  text "$3" | sed -n "/^  \"$list\": \[$/,/^  \]/p" | sed -n 's/^    "\(.*\)",\{0,1\}$/\1/p' | sed 's/\\"/"/g' > "$T/allowed"
  ssh-keygen -Y find-principals -f "$T/allowed" -s "$T/signature" -O verify-time="$at" > "$T/names" 2>/dev/null || return 1
  while read -r name; do
    if ssh-keygen -Y verify -f "$T/allowed" -I "$name" -n "$role" -O verify-time="$at" -s "$T/signature" < "$T/text" > /dev/null 2>&1; then
      printf '%s\n' "$name"; return 0
    fi
  done < "$T/names"
  return 1
}

about() { text "$1" | sed -n '/^  "entry": {$/,/^  }/p; /^  "target": {$/,/^  }/p' | sed -n 's/^    "index": \([0-9]*\),\{0,1\}$/\1/p'; } # FILE: the entry that it is about
job() { j=$(field "$1" job); [ -n "$j" ] || j=$(field "$1" id); printf '%s' "$j"; }         # FILE: the job that it is about
hash_of_text() { text "$1" | sha256sum | cut -c 1-64; }                                     # FILE: how version 2 refers to it

# included FILE PROOF: FILE is in the log (RFC 9162, 2.1.3.2): hashed with its neighbours it makes the root in the checkpoint
included() {
  node=$(number "$(sed -n 's/^index //p' "$2" | head -n 1)"); last=$((size - 1))
  [ "$node" = "$(number "$(basename "$1")")" ] || die "$2 is the proof of another entry"
  { printf '\000'; cat "$1"; } | sha256 > "$T/hash"
  sed '/^$/,$d' "$2" | tail -n +3 > "$T/path"
  while read -r other; do
    [ "$last" -gt 0 ] || die "$2 is too long"
    printf '%s' "$other" | base64 -d > "$T/other"
    if [ $((node & 1)) = 1 ] || [ "$node" = "$last" ]; then
      { printf '\001'; cat "$T/other" "$T/hash"; } | sha256 > "$T/up"
      while [ $((node & 1)) = 0 ] && [ "$node" != 0 ]; do node=$((node >> 1)); last=$((last >> 1)); done
    else
      { printf '\001'; cat "$T/hash" "$T/other"; } | sha256 > "$T/up"
    fi
    mv "$T/up" "$T/hash"; node=$((node >> 1)); last=$((last >> 1))
  done < "$T/path"
  [ "$last" = 0 ] && [ "$(base64 < "$T/hash")" = "$(sed -n 3p checkpoint)" ] || die "$1 is not in the log of the checkpoint"
}

# counter VALUE: the TPM attests in the checkpoint that its counter has this value
counter() {
  text checkpoint > "$T/text"; signature checkpoint 2 > "$T/line"
  head -c 149 "$T/line" > "$T/attest"; tail -c +150 "$T/line" > "$T/signature"
  openssl dgst -sha256 -verify "$pem" -signature "$T/signature" "$T/attest" > "$T/out" 2>&1 || die "the counter is not attested"
  [ "$(head -c 76 "$T/attest" | tail -c 32 | base64)" = "$(sha256 < "$T/text" | base64)" ] || die "the counter is attested for another checkpoint"
  [ $((0x$(tail -c 8 "$T/attest" | od -An -tx1 | tr -d ' \n'))) -eq "$1" ] || die "the counter is not $1"
}

# enough FILE ROSTER: FILE, a roster, is signed by as many roots as ROSTER demands
enough() {
  n=1; : > "$T/voters"
  while [ "$n" -le "$(lines "$1" | wc -l)" ]; do principal "$1" $n "$2" >> "$T/voters" || :; n=$((n + 1)); done
  [ "$(sort -u "$T/voters" | wc -l)" -ge "$(field "$2" threshold)" ] || die "$1 is not signed by enough roots of $2"
}

station checkpoint
size=$(sed -n 2p checkpoint)
case $(head -n 1 entries/000000) in rasure/station/v[12]) ;; *) false ;; esac || die "entry 0 is not a station statement"
echo "the log begins with $(text entries/000000 | sha256sum | cut -c 1-64), to be compared: sed '/^\$/,\$d' CARD | sha256sum"
base=$(text entries/000000 | sed -n 's/^ *"base": \([0-9]*\),\{0,1\}$/\1/p')
[ -z "$base" ] || counter $((base + size))
roster= cut=$(head -n 1 entries/000000 | sed -n 's/.*v2$/yes/p')
for name in $(ls entries); do
  f=entries/$name
  case $name in *[!0-9]*) die "$f is not named like an entry" ;; esac
  included "$f" "proofs/$name.tlog-proof"
  case $(head -n 1 "$f") in
  rasure/station/v[12] | rasure/begin/v[12] | rasure/certificate/v[12] | rasure/preparation/v[12])
    station "$f"; echo "$f: $(head -n 1 "$f"), signed by the station"
    ! text "$f" | sed -n '/^  "replaces": {$/,/^  }/p' | grep -q "\"$(hash_of_text entries/000000)\"" || cut=yes
    continue ;;
  rasure/roster/v2) die "$f is a roster of version 2: verify the bundle with rasure" ;;
  rasure/roster/v1)
    enough "$f" "$f"
    if [ -n "$roster" ]; then enough "$f" "$roster"; else echo "roots of the first roster, to be compared:"; text "$f" | sed -n '/^  "roots": \[$/,/^  \]/s/^    //p'; fi ;;
  esac
  n=1
  while [ "$n" -le "$(lines "$f" | wc -l)" ]; do
    who=
    [ -z "$roster" ] || who=$(principal "$f" $n "$roster") || who=
    if [ -z "$who" ] && [ "$(head -n 1 "$f")" = rasure/roster/v1 ]; then who=$(principal "$f" $n "$f") || who=; fi
    [ -n "$who" ] || die "$f: nobody was allowed to make signature $n"
    echo "$f: $(head -n 1 "$f"), signed by $who as $(lines "$f" | sed -n "${n}p" | cut -d' ' -f2)"
    n=$((n + 1))
  done
  [ "$(head -n 1 "$f")" != rasure/roster/v1 ] || roster=$f
done
case $(head -n 1 certificate.cert) in
rasure/certificate/v1) ;;
rasure/certificate/v2) [ -n "$cut" ] || die "certificate.cert is of version 2, and the bundle has no statement that begins it" ;;
*) die "certificate.cert is not a certificate" ;;
esac
found= begin=
for name in $(ls entries); do
  ! cmp -s "entries/$name" certificate.cert || found=entries/$name
  case $(head -n 1 "entries/$name") in rasure/begin/v[12]) ;; *) continue ;; esac
  sum=$(sha256sum < "entries/$name" | cut -c 1-64)
  [ "$(head -n 1 certificate.cert)" = rasure/certificate/v1 ] || sum=$(hash_of_text "entries/$name")
  [ "$(job "entries/$name")" != "$(job certificate.cert)" ] || ! text certificate.cert | grep -q "\"$sum\"" || begin=entries/$name
done
[ -n "$found" ] || die "certificate.cert is not among the entries"
[ -n "$begin" ] || die "certificate.cert does not refer to a begin in the bundle"
if [ "$(head -n 1 "$begin")" = rasure/begin/v2 ] && [ "$(field certificate.cert outcome)" != unknown ]; then
  for byte in $(field certificate.cert seed | sed 's/../& /g'); do printf "\\$(printf %03o "0x$byte")"; done > "$T/seed"
  [ "$(sha256sum < "$T/seed" | cut -c 1-64)" = "$(field "$begin" seed_sha256)" ] || die "the seed of the keys is not that of the begin"
fi
[ ! -f policy.toml ] || text certificate.cert | grep -q "\"$(sha256sum < policy.toml | cut -c 1-64)\"" || die "policy.toml is not the policy that the certificate names"
if [ -f certificate.annex ]; then
  [ "$(sha256sum < certificate.annex | cut -c 1-64)" = "$(field certificate.cert annex_sha256)" ] || die "certificate.annex is not the annex of the certificate"
fi
for name in $(ls entries); do text "entries/$name"; done | sed -n '/^  "evidence": \[$/,/^  \]/p' > "$T/evidence"
sed -n 's/^ *"name": "\(.*\)",\{0,1\}$/\1/p' "$T/evidence" | while read -r name; do [ -f "evidence/$name" ] || echo "MISSING: evidence/$name"; done
[ ! -d evidence ] || ls evidence > "$T/files"
[ ! -d evidence ] || while read -r name; do
  grep -q "\"$(sha256sum < "evidence/$name" | cut -c 1-64)\"" "$T/evidence" || die "evidence/$name is not what was signed for"
done < "$T/files"
echo "all of it verifies: $found, and what people state about it"
echo "outcome: $(field certificate.cert outcome)"
later=
for name in $(ls entries); do
  f=entries/$name of=
  case $(head -n 1 "$f") in
  rasure/correction/v[12]) [ "$(field "$f" withdraws)" != true ] || of=$(about "$f") what=WITHDRAWN ;;
  rasure/void/v2) of=$(about "$f") what='TAKEN BACK' ;;
  rasure/validation/v[12]) [ "$(field "$f" decision)" != reject ] || of=$(about "$f") what=REJECTED ;;
  rasure/certificate/v[12])
    sum=$(sha256sum < certificate.cert | cut -c 1-64)
    [ "$(head -n 1 certificate.cert)" = rasure/certificate/v1 ] || sum=$(hash_of_text certificate.cert)
    ! text "$f" | sed -n '/^  "resumes": {$/,/^  }/p' | grep -q "\"$sum\"" || of=$(number "$(basename "$found")") what=REPLACED ;;
  esac
  [ -z "$of" ] || { echo "$what: entry $of, by $f"; later=yes; }
done
[ -z "$later" ] || exit 3
