#!/bin/sh
# Says in a room what a command has to say when it fails, by a webhook of the room:
#
#   parlor webhook add ops --name cron        # prints the URL, once
#   PARLOR_WEBHOOK=https://HOST/v1/hooks/plr_… ./notify.sh backup --all
#
# Needs curl and nothing else. Ends as the command did; that nobody could be told is said on stderr.
set -u

TEXT_BYTES_MAX=4000

output=$("$@" 2>&1)
code=$?
if [ "$code" -ne 0 ]; then
  text=$(printf '%s failed with %s on %s:\n%s' "$*" "$code" "$(uname -n)" "$output" |
    head -c "$TEXT_BYTES_MAX" | iconv -c -t UTF-8)
  # The same key for every attempt, so that it is said once; curl waits as long as it is told to.
  key=$(cat /proc/sys/kernel/random/uuid)
  # The URL is a secret: it stands in a file that only this process sees, not among arguments.
  printf 'url = "%s"\n' "${PARLOR_WEBHOOK:?the URL of a webhook}" |
    curl --config - --silent --show-error --fail --retry 5 --max-time 60 \
      --header "Idempotency-Key: $key" --header 'Content-Type: text/plain; charset=utf-8' \
      --data-raw "$text" --output /dev/null || echo "notify.sh: nobody was told" >&2
fi
exit "$code"
