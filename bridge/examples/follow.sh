#!/bin/sh
# Follows rooms and prints a line for each message, for as long as it runs:
#
#   PARLOR_SERVER=https://HOST PARLOR_TOKEN_FILE=token ./follow.sh PLACE [ROOM_ID…]
#
# PLACE is a file where it keeps how far it has come, so that it goes on there after whatever was
# stopped or killed: the bridge, the daemon, this. It moves behind what has been printed; only who
# kills this script between the two reads one line again. Without ids it follows all rooms.
# The token is an API token (`parlor bot create`) or a session's. Needs curl and jq.
#
# Ends with 4 if nobody is signed in any more, 2 if it was called wrongly, 1 if it cannot go on.
set -u

PAUSE_SECONDS_MAX=60

die() {
  code=$1
  shift
  printf 'follow.sh: %s\n' "$*" >&2
  exit "$code"
}

[ "$#" -ge 1 ] || die 2 "usage: follow.sh PLACE [ROOM_ID…]"
server=${PARLOR_SERVER:?the bridge, as https://HOST}
token=$(cat "${PARLOR_TOKEN_FILE:?a file with a token}") || exit 2
case $token in '' | *[!A-Za-z0-9_]*) die 2 "no token: $PARLOR_TOKEN_FILE" ;; esac
place=$1
shift
rooms=$(printf '%s' "$*" | tr ' ' ',')

# Each line of the stream comes in, and for each event of it one line goes out: what it is, its
# id, and what is to be shown. What people wrote cannot steer a terminal nor pretend to be a line.
# shellcheck disable=SC2016
events='
  def hex: [recurse(if . > 15 then . / 16 | floor else empty end) % 16]
    | reverse | map("0123456789abcdef"[. : . + 1]) | add;
  def hostile: . < 32 or (. > 126 and . < 160) or . == 173 or . == 847 or . == 1564
    or (. > 8202 and . < 8208) or (. > 8231 and . < 8239) or (. > 8287 and . < 8304)
    or . == 65279 or (. > 65519 and . < 65532) or (. > 917503 and . < 921600);
  def shown: [explode[] | if hostile then "\\u{\(hex)}" else [.] | implode end] | add // "";
  def called: if .kind == "direct" then "@" + (.direct_members | map(.user_name) | join(","))
    else "#" + .name end;

  foreach inputs as $line ({ rooms: {} };
    .out = null
    | if $line == "" then
        (.data // "null" | fromjson) as $it
        | if .event == "ready" then
            .rooms = ($it.rooms | map({ (.room.room_id): .room | called }) | add // {})
            | (($wanted | split(",")) - (.rooms | keys)) as $missing
            | .out = if $missing == [] then ["passed", .id, "-"]
              else ["say", .id, "not in the room \($missing | join(", "))"] end
          elif .event == "room_added" then .rooms[$it.room.room_id] = ($it.room | called)
          elif $it.room_changed? then .rooms[$it.room_id] = ($it.room_changed.room | called)
          else . end
        | if $it.message? then
            .out = ["message", .id, ($it | "\(.time) ") + .rooms[$it.room_id] + ($it
              | " \(.seq) \(.actor_name): \(.message.text)"
              + (.message.files | map(" [\(.name)]") | add // ""))]
          elif .event == "reset" then
            .out = ["say", .id, ($it.room | called) + " cannot be continued: read its pages"]
          elif .event == "room_removed" then
            .out = ["say", .id, (.rooms[$it.room_id] // $it.room_id) + " is no longer yours"]
          elif .event == "end" then .out = ["end", $it.status, $it.detail]
          elif .event and .out == null then .out = ["passed", .id, "-"]
          else . end
        | .event = null | .data = null
      elif ($line | startswith("{")) then
        .out = ["refused", "-", ($line | fromjson? | .detail) // "-"]
      elif ($line | startswith(":")) then .out = ["alive", "-", "-"]
      else ($line | split(": ")) as $parts | .[$parts[0]] = ($parts[1:] | join(": "))
      end
    | if .retry then .out = ["retry", .retry, "-"] | .retry = null else . end;
    .out | values | map(tostring | shown) | join("\t"))'

scratch=$(mktemp -d) || exit 1
curl='' jq='' sleeping=''
stop() {
  # shellcheck disable=SC2086
  [ -z "$curl$jq$sleeping" ] || kill $curl $jq $sleeping 2>/dev/null
  rm -rf "$scratch"
}
trap stop EXIT
# Not between a line and its place.
busy='' over=''
trap 'over=1; [ -n "$busy" ] || exit 130' HUP INT PIPE TERM
mkfifo "$scratch/stream" "$scratch/events" || exit 1

# Begins to hear, after the last id if there is one. The token stands on no command line.
listen() {
  resume=''
  [ ! -s "$place" ] || resume="header = \"last-event-id: $(cat "$place")\""
  rm -f "$scratch/head"
  curl --config - >"$scratch/stream" <<OPTIONS &
url = "$server/v1/events${rooms:+?room=$rooms}"
header = "authorization: Bearer $token"
$resume
dump-header = "$scratch/head"
no-buffer
silent
show-error
connect-timeout = 10
keepalive-time = 15
OPTIONS
  curl=$!
  jq --null-input --raw-input --raw-output --unbuffered --arg wanted "$rooms" "$events" \
    <"$scratch/stream" >"$scratch/events" &
  jq=$!
}

# Moves the place; whenever this is killed, there is the old one or the new one.
keep() {
  printf '%s\n' "$1" >"$place.new" && mv -f "$place.new" "$place" || exit 1
}

# Prints what comes, until the stream is over.
follow() {
  while IFS=$tab read -r what id text; do
    busy=1
    case $what in
    message) printf '%s\n' "$text" || exit 1 ;;
    say) printf 'follow.sh: %s\n' "$text" >&2 ;;
    retry) retry=$(((id + 999) / 1000)) ;;
    refused) why=$text ;;
    end) status=$id why=$text ;;
    esac
    case $what in message | say | passed) keep "$id" ;; esac
    busy=''
    [ -z "$over" ] || exit 130
  done
}

tab=$(printf '\t')
retry=1 pause=1
while :; do
  status='' why='the stream was cut'
  listen
  follow <"$scratch/events"
  wait "$curl" "$jq"
  curl='' jq='' after=''
  if [ -s "$scratch/head" ]; then
    # The last head is the one that counts, if a proxy has sent another before it.
    told=$(tr -d '\r' <"$scratch/head" | sed -n 's/^HTTP[^ ]* \([0-9]*\).*/\1/p' | tail -n 1)
    after=$(tr -d '\r' <"$scratch/head" | sed -n 's/^[Rr]etry-[Aa]fter: \([0-9][0-9]*\)$/\1/p')
    [ "$told" = 200 ] && pause=$retry || status=$told
  else
    why='no answer'
  fi
  case $status in
  401) die 4 "$why" ;;
  '' | 408 | 429 | 5??) ;;
  *) die 1 "$status $why" ;;
  esac
  [ "$pause" -ge "${after:-0}" ] || pause=$after
  printf 'follow.sh: %s; again in %s s\n' "${status:+$status }$why" "$pause" >&2
  sleep "$pause" &
  sleeping=$!
  wait "$sleeping"
  sleeping=''
  pause=$((pause * 2))
  [ "$pause" -le "$PAUSE_SECONDS_MAX" ] || pause=$PAUSE_SECONDS_MAX
done
