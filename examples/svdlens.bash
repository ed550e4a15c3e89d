# bash completion of svdlens: commands, the options of each, files.
_svdlens() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command="" k
    for ((k = 1; k < COMP_CWORD; k++)); do
        case ${COMP_WORDS[k]} in inspect | analyse | analyze | edges | map | diff | report | merge | planted) command=${COMP_WORDS[k]} && break ;; esac
    done
    case $before in
    --score) mapfile -t COMPREPLY < <(compgen -W "dot cosine scaled centered_cosine share" -- "$word") && return ;;
    --null) mapfile -t COMPREPLY < <(compgen -W "share isotropic" -- "$word") && return ;;
    --out | --embed | --link | --scheme | --suggest-scheme) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
    esac
    if [[ -z $command ]]; then
        mapfile -t COMPREPLY < <(compgen -W "inspect analyse edges map diff report merge planted --help --version" -- "$word")
    elif [[ $word == -* ]]; then
        # The program knows its options best.
        mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" "$command" --help 2>/dev/null | grep -oE -- '--[a-z-]+' | sort -u)" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -o filenames -F _svdlens svdlens
