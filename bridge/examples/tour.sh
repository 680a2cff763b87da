#!/bin/sh
# What a client needs, with curl (7.84 or newer) and jq alone, in front of a bridge that may be
# killed: README.md shows it from `at=` on. Needs a server where everybody may register.
#
#   bridge/examples/tour.sh http://127.0.0.1:7276
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

at=${1:-http://127.0.0.1:7276}/v1
call() { curl -sS --fail-with-body -H @auth "$@"; }

# An account; then a session, whose token stands in a file and not among arguments.
me='{"user_name":"dora","password":"quiet-lantern-73-orbit"}'
curl -sSf "$at/accounts" --json "$me" >/dev/null
curl -sSf "$at/sessions" --json "$me" | jq -r '"authorization: Bearer " + .token' >auth

# A room, made once, and a message under an id of one's own: sent twice, said once.
room=$at/rooms/$(call -X PUT "$at/rooms/by-name/workshop" | jq -r .room.room_id)
id=$(cat /proc/sys/kernel/random/uuid)
call -X PUT "$room/messages/by-client-id/$id" --json '{"text":"hello"}' | jq -c '{seq, duplicate}'
call -X PUT "$room/messages/by-client-id/$id" --json '{"text":"hello"}' | jq -c '{seq, duplicate}'

# The log in pages, the newest first; an edit of the version that was read, and of no other.
call "$room/events?page_size=2" >page
call "$room/events?page_size=2&before=$(jq '.events[0].seq' page)" | jq -c '[.events[].seq]'
version=$(call -o /dev/null -w '%header{etag}' "$room/messages/3")
call -X PATCH "$room/messages/3" -H "if-match: $version" --json '{"text":"hello, all"}' | jq -c .seq
call -X PATCH "$room/messages/3" -H "if-match: $version" --json '{"text":"late"}' | jq -r .reason

# What was said is found a moment later.
until call -G "$at/search" --data-urlencode 'q="hello, all" from:dora' >found &&
  jq -e '.hits[]' found >/dev/null; do sleep 0.1; done
jq -r '.hits[].snippet' found

# A file: announced, then sent. What was cut goes on where it stopped; then a message has it.
head -c 3000000 /dev/urandom >report && sha256sum <report >sum
new=$(jq -nc --arg sha256 "$(cut -c-64 sum)" '{name: "report.bin", size: 3000000, $sha256}')
upload=$at/uploads/$(call "$at/uploads" --json "$new" | jq -r .upload_id)
octets='content-type: application/offset+octet-stream'
call -X PATCH "$upload" -H 'upload-offset: 0' -H "$octets" -T report --limit-rate 1M -m 1 || true
until has=$(call -I -o head -w '%header{upload-offset}' "$upload") &&
  file=$(tail -c "+$((has + 1))" report | call -X PATCH "$upload" -H "upload-offset: $has" \
    -H "$octets" -T - | jq -er .file.file_id); do sleep 0.1; done
echo "the first $has bytes did not have to be sent again"
say() { call -X PUT "$room/messages/by-client-id/$(cat /proc/sys/kernel/random/uuid)" --json "$1"; }
seq=$(say "{\"file_ids\":[\"$file\"]}" | jq .seq)

# It is read whole or in parts, by whoever may read the message.
call "$room/messages/$seq/files/$file" | sha256sum -c sum
for part in 0-999999 1000000-; do call -r "$part" "$room/messages/$seq/files/$file"; done |
  sha256sum -c sum

# Events as they come, each with an id. Kill the bridge, start it again: who comes back with the
# last id that has come whole misses nothing.
call -N "$at/events" >heard &
until grep -q '^event: ready' heard; do sleep 0.1; done
say '{"text":"before"}' | jq .seq
until grep -q before heard; do sleep 0.1; done
echo 'kill -9 the bridge, start it again, and press Enter' && read -r enter
say '{"text":"after"}' | jq .seq
last=$(awk '/^id: / { id = $2 } /^$/ { last = id } END { print last }' heard)
call -N "$at/events" -H "last-event-id: $last" >more &
until grep -q after more; do sleep 0.1; done
kill $!
sed -n 's/^data: //p' heard more | jq -r '.message.text // empty'
