#!/usr/bin/env bash
# What is made from the tables: the help of keys and actions, the man page, completion that a shell really takes.
. "$(dirname "$0")/../support/lib.sh"
export XDG_CONFIG_HOME=$W/config
mkdir -p "$W/config/yolodeck"

fails_with 0 '^  p  +pause at the next batch' "help keys" "$Y" help keys
fails_with 0 '^command line$' "help keys has the command line" "$Y" help keys
fails_with 0 '^  pause +\[p\]' "help actions" "$Y" help actions
echo 'pause: [F5]' >"$W/config/yolodeck/keys.yaml"
fails_with 0 '^  F5  +pause at the next batch' "help keys has the user's" "$Y" help keys
echo 'pause: [Hyper]' >"$W/config/yolodeck/keys.yaml"
fails_with 0 'warning: .*keys.yaml:1: pause must be' "help keys says what is wrong" "$Y" help keys
rm "$W/config/yolodeck/keys.yaml"

"$Y" help --man >"$W/yolodeck.1"
missing=""
for command in train val info demo attach ctl runs doctor; do
    grep -q "^.SS \"yolodeck $command" "$W/yolodeck.1" || missing="$missing $command"
    "$Y" "$command" --help | grep -o -- '^  --[a-z-]*' | while read -r option; do
        grep -qF -- ".B ${option//-/\\-}" "$W/yolodeck.1" || echo "$option"
    done >>"$W/missing"
done
is "$missing$(cat "$W/missing")" "" "the man page has every command and option"
if command -v man >/dev/null && command -v groff >/dev/null; then
    is "$(man --warnings -E UTF-8 -l "$W/yolodeck.1" 2>&1 >/dev/null)" "" "the man page is clean roff"
    MANWIDTH=100 man -l "$W/yolodeck.1" 2>/dev/null >"$W/page"
    say "$(grep -q 'KEYS OF THE CONSOLE' "$W/page"; echo $?)" "the man page has the keys"
fi

"$Y" help --completion bash >"$W/completion"
# complete_line WORD…: what Tab offers behind the words, the last of which is under way.
complete_line() {
    bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _yolodeck; echo "${COMPREPLY[*]}"' - "$W/completion" yolodeck "$@"
}
is "$(complete_line tra)" "train" "completes a command"
is "$(complete_line train --weig)" "--weights" "completes an option"
is "$(complete_line attach --plai)" "--plain" "completes the options of that command"
is "$(complete_line attach --weig)" "" "and not of others"
is "$(complete_line train --amp o)" "off" "completes a choice"
is "$(complete_line ctl exp st)" "status stop" "completes a verb"
is "$(complete_line ctl exp stop f)" "final" "completes how to stop"
is "$(complete_line help --completion z)" "zsh" "completes help"
mkdir "$W/folder" && touch "$W/folder/coco.yaml"
is "$(complete_line train --data "$W/folder/co")" "$W/folder/coco.yaml" "completes a file"
for shell in zsh fish; do
    fails_with 0 yolodeck "completion for $shell" "$Y" help --completion $shell
    if command -v $shell >/dev/null; then
        "$Y" help --completion $shell >"$W/other"
        $shell -n "$W/other" >"$W/said" 2>&1; is "$?$(cat "$W/said")" 0 "$shell reads it"
    fi
done
fails_with 2 'bash, zsh or fish, found "ksh"' "another shell is refused" "$Y" help --completion ksh
done_testing
