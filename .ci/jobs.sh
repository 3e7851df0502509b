# shellcheck shell=bash
# For .ci/run and .ci/nightly to source: runs named jobs one after the other, each in a process of its
# own, counts their test cases, and says how long each took. They define
#     job_list       a line a job: its name, and the minutes that it takes on a quiet machine, 2 cores
#     job_NAME       what it does
#     is_done NAME, has_passed NAME

names() { awk 'NF { print $1 }' <<< "$job_list"; }
minutes() { awk -v job="$1" '$1 == job { print $2 }' <<< "$job_list"; }
seconds() {
    awk -v job="$1" -v times="$2" '$1 == job { print int($2 * 60 * times) }' <<< "$job_list"
}
as_minutes() { awk -v seconds="$1" 'BEGIN { printf "%.1f", seconds / 60 }'; }
list_jobs() {
    awk 'NF { printf "%-18s %5s min\n", $1, $2; sum += $2 }
         END { printf "%-18s %5s min\n", "all of them", sum }' <<< "$job_list"
}

is_done() { false; }
has_passed() { :; }

# run_jobs SCRIPT LONGEST KEEP_GOING JOB...: the jobs by `SCRIPT --job JOB`, each for at most four times
# its minutes, and LONGEST minutes. Prints the totals last; false if one failed.
run_jobs() {
    local script=$1 longest=$2 keep_going=$3 job log start limit took totals p f s
    local passed=0 failed=0 skipped=0 status=0 worst=0 begin=$SECONDS table=
    shift 3
    log=$(mktemp)
    for job; do
        if is_done "$job"; then
            echo "==== $job: has passed at this commit (--again runs it again)"
            continue
        fi
        echo "==== $job ($(minutes "$job") min)"
        start=$SECONDS
        limit=$(seconds "$job" 4)
        if ((limit > longest * 60)); then limit=$((longest * 60)); fi
        timeout --kill-after=20 "$limit" "$script" --job "$job" 2>&1 | tee "$log"
        status=${PIPESTATUS[0]}
        took=$((SECONDS - start))
        table+="$(printf '%-18s %5s min (of %s)' "$job" "$(as_minutes $took)" "$(minutes "$job")")"
        # The totals of the job's tests, if it has any.
        while read -r p _ f _ s _; do
            passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
        done < <(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log")
        case $status in
        0)
            echo "==== $job: passed in $took s"
            if ((took > $(seconds "$job" 1) + 30)); then table+=', over its budget'; fi
            has_passed "$job"
            ;;
        124 | 137) echo "==== $job: out of time after $took s" && table+=', OUT OF TIME' ;;
        *) echo "==== $job: FAILED (status $status) after $took s" && table+=', FAILED' ;;
        esac
        table+=$'\n'
        if ((status != 0)); then
            worst=$status
            if [[ ! $keep_going ]]; then break; fi
        fi
    done
    rm -f "$log"
    if ((worst != 0 && failed == 0)); then failed=1; fi
    printf '\n%s%-18s %5s min\n' "$table" 'all' "$(as_minutes $((SECONDS - begin)))"
    echo "$passed passed, $failed failed, $skipped skipped"
    return "$worst"
}
