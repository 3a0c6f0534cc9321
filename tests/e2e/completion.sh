#!/usr/bin/env bash
# Completion in real interactive zsh and fish, in a pseudo-terminal, as a user without any set-up has them.
# shellcheck source=tests/support/lib.sh
. "$(dirname "$0")/../support/lib.sh"
command -v python3 >/dev/null || exit 77
PATH=$(dirname "$Y"):$PATH
export HOME=$W PATH
tried=0
for shell in zsh fish; do
    command -v $shell >/dev/null || { echo "skipped: $shell is not installed"; continue; }
    tried=1
    load="source <(yolodeck help --completion zsh)"
    [ $shell = zsh ] || load="yolodeck help --completion fish | source"
    # what KEYS WANTED…
    types() {
        python3 "$YD_SOURCE_DIR/tests/support/completion.py" $shell "$load" "${@:2}"; say $? "$shell completes $1"
    }
    types "a command" 'yolodeck tr\t' 'yolodeck train'
    types "an option" 'yolodeck train --label-sm\t' '--label-smoothing'
    types "a choice" 'yolodeck train --optimizer S\t' 'SGD'
    types "verbs" 'yolodeck ctl exp st\t\t' 'status' 'stop'
done
[ $tried = 1 ] || exit 77
done_testing
