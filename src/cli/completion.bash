# bash completion for skep: eval "$(skep completion)"
# Tools and options come from skep itself when Tab is pressed, so that this never goes stale.
_skep() {
  local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} words=
  local before=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ]; then
    words="run set plan new gen btf tools version completion"
  elif [ "$verb" = btf ] && [ "$COMP_CWORD" = 2 ]; then
    words="minimize header"
  elif [ "$before" = --kind ] || [ "$verb$before" = new-k ]; then
    words=$(skep new --help 2> /dev/null | sed -n 's/^  \([a-z_]*\)  *[A-Z].*\.$/\1/p')
  elif [ "$before" = --btf ] || [ "$verb$before" = btf-o ] ||
    [ "$verb$before" = gen-o ] || [ "$before" = --output ]; then
    COMPREPLY=($(compgen -f -- "$word"))
  elif [ "$before" = --include ]; then
    COMPREPLY=($(compgen -d -S / -- "$word"))
  elif [ "$before" = -o ] || [ "$before" = --format ]; then
    [ "$verb" = run ] && words="table json jsonl csv yaml raw folded" || words="text json"
  elif [[ $word == -* ]]; then
    words=$(skep "$verb" ${COMP_WORDS[2]} --help 2> /dev/null | grep -oE -- '--[a-z-]+')
  elif [ "$verb" = gen ]; then
    COMPREPLY=($(compgen -f -X '!*.bpf.[co]' -- "$word") $(compgen -d -S / -- "$word"))
  elif [ "$verb" = run ] || [ "$verb" = plan ] || [ "$verb" = btf ]; then
    words=$(skep tools 2> /dev/null | cut -d' ' -f1)
    COMPREPLY=($(compgen -f -X '!*.bpf.[co]' -- "$word") $(compgen -d -S / -- "$word"))
  fi
  COMPREPLY+=($(compgen -W "$words" -- "$word"))
}
complete -F _skep skep
