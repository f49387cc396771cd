#!/bin/sh
# Makes the folder `secrets` that docker-compose.yml reads, with passwords nobody has seen. Never overwrites one.
set -eu
folder=${1:-$(dirname "$0")/../secrets}

random() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

if [ -e "$folder" ]; then
    echo "$folder exists already; its secrets are those of a database that may exist too. Nothing was changed." >&2
    exit 1
fi
# The folder keeps others out. The files must be readable by the accounts inside the containers.
mkdir -m 700 "$folder"
cd "$folder"
umask 022
owner=$(random) application=$(random) redis=$(random)
printf %s "$(random)$(random)" > secret_key
printf %s "$owner" > owner_password
printf %s "$redis" > redis_password
printf %s "postgres://smarketing_owner:$owner@db:5432/smarketing" > database_owner_url
printf %s "postgres://smarketing_app:$application@db:5432/smarketing" > database_url
printf %s "redis://:$redis@redis:6379/0" > redis_url
printf %s "filemail://" > email_url
echo "Made $(pwd). Put the address of your mail server into email_url: smtp+tls://user:password@host:587"
