# Finds the commit of the tree from which a run was generated: each pipeline has a record with its digest.

# digest_at COMMIT RECORD: sets record_digest to the digest that the record of a pipeline has there, or to nothing.
digest_at() {
    record_digest=
    read_at "$1" "$2" "$work/record.json" || return 0
    record_digest=$(jq -r '.digest? // "" | strings' "$work/record.json" 2>"$work/jq.log") || record_digest=
}
