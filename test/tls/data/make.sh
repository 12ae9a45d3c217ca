#!/bin/sh
# Makes the key pairs that inspect.test.ts reads. They protect nothing. Needs openssl.
set -eu
cd "$(dirname "$0")"
pair() { openssl req -x509 -nodes -subj "/CN=$1.example" -days "$2" -keyout "$1.key" -out "$1.crt" -newkey "$3" ${4:+-pkeyopt "$4"} 2>/dev/null; }
pair rsa 36500 rsa:2048
pair short 36500 rsa:1024
pair p256 36500 ec ec_paramgen_curve:prime256v1
pair k256 36500 ec ec_paramgen_curve:secp256k1
pair ed 36500 ed25519
