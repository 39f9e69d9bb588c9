/* SPDX-License-Identifier: MIT */
/*
 * A table of rows "VERB;ARGUMENTS;--OPTION:VALUE ..." and a short function of the shell's that looks things up in it. VALUE is
 * "file", words with a comma between them, "text", or nothing for a flag. Called by tool/verb.c.
 */
#include "tool/completion.h"

#include <string.h>

/* @ is the program's name. */
static const char BASH[] =
	"_@()\n"
	"{\n"
	"	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} said='' verb='' row word i\n"
	"	local arguments='' options='' value='' candidates='' arguments_of options_of\n"
	"	COMPREPLY=()\n"
	"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
	"		word=${COMP_WORDS[i]}\n"
	"		case $word in\n"
	"		-*) [[ $_@_table != *\" $word:\"?* || $_@_table == *\" $word: \"* ]] || i=$((i + 1)) ;;\n"
	"		*) said=\"$said$word \" ;;\n"
	"		esac\n"
	"	done\n"
	"	while IFS=';' read -r row arguments_of options_of; do\n"
	"		if [[ $said == \"$row \"* && ${#row} -gt ${#verb} ]]; then\n"
	"			verb=$row arguments=$arguments_of options=$options_of\n"
	"		elif [[ $row\\  == \"$said\"* ]]; then\n"
	"			row=${row#\"$said\"}\n"
	"			candidates=\"$candidates ${row%% *}\"\n"
	"		fi\n"
	"	done <<< \"$_@_table\"\n"
	"	options=\" $options $_@_common \"\n"
	"	if [[ $before == -* && $options == *\" $before:\"[a-z]* ]]; then\n"
	"		value=${options#*\" $before:\"}\n"
	"		value=${value%% *}\n"
	"		case $value in\n"
	"		file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$current\") ;;\n"
	"		text) ;;\n"
	"		*) mapfile -t COMPREPLY < <(compgen -W \"${value//,/ }\" -- \"$current\") ;;\n"
	"		esac\n"
	"		return\n"
	"	fi\n"
	"	if [[ $current == -* ]]; then\n"
	"		candidates=''\n"
	"		for word in $options; do\n"
	"			candidates=\"$candidates ${word%%:*}\"\n"
	"		done\n"
	"	elif [[ $arguments == file ]]; then\n"
	"		compopt -o filenames 2>/dev/null\n"
	"		mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
	"	fi\n"
	"	mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -W \"$candidates\" -- \"$current\" | sort -u)\n"
	"}\n"
	"complete -F _@ @\n";

static const char ZSH[] =
	"_@()\n"
	"{\n"
	"	local said='' verb='' row rest word arguments='' options='' value='' i\n"
	"	local -a candidates\n"
	"	for ((i = 2; i < CURRENT; i++)); do\n"
	"		word=$words[i]\n"
	"		case $word in\n"
	"		-*) [[ $_@_table != *\" $word:\"?* || $_@_table == *\" $word: \"* ]] || ((i++)) ;;\n"
	"		*) said=\"$said$word \" ;;\n"
	"		esac\n"
	"	done\n"
	"	for row in ${(f)_@_table}; do\n"
	"		rest=${row#*;} row=${row%%;*}\n"
	"		if [[ $said == \"$row \"* && ${#row} -gt ${#verb} ]]; then\n"
	"			verb=$row arguments=${rest%%;*} options=${rest#*;}\n"
	"		elif [[ \"$row \" == \"$said\"* ]]; then\n"
	"			row=${row#\"$said\"}\n"
	"			candidates+=(${row%% *})\n"
	"		fi\n"
	"	done\n"
	"	options=\" $options $_@_common \"\n"
	"	word=$words[CURRENT-1]\n"
	"	if [[ $word == -* && $options == *\" $word:\"[a-z]* ]]; then\n"
	"		value=${options#*\" $word:\"}\n"
	"		value=${value%% *}\n"
	"		case $value in\n"
	"		file) _files ;;\n"
	"		text) _message value ;;\n"
	"		*) compadd -- ${(s:,:)value} ;;\n"
	"		esac\n"
	"		return\n"
	"	fi\n"
	"	if [[ $words[CURRENT] == -* ]]; then\n"
	"		candidates=()\n"
	"		for word in ${=options}; do\n"
	"			candidates+=(${word%%:*})\n"
	"		done\n"
	"	elif [[ $arguments == file ]]; then\n"
	"		_files\n"
	"	fi\n"
	"	compadd -- ${(u)candidates}\n"
	"}\n"
	"_@ \"$@\"\n";

static void
print_named(FILE *to, const char *text, const char *name)
{
	for (; *text != '\0'; text++) {
		/* "$@" is the shell's own */
		if (*text == '@' && text[-1] != '$')
			fputs(name, to);
		else
			fputc(*text, to);
	}
}

static bool
is_of_files(const char *words)
{
	return strstr(words, "FILE") != NULL || strstr(words, "DIR") != NULL || strstr(words, "PATH") != NULL;
}

static void
print_value(FILE *to, const char *value)
{
	if (value == NULL)
		return;
	if (is_of_files(value)) {
		fputs("file", to);
	} else if (strchr(value, '|') != NULL && strpbrk(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL) {
		for (; *value != '\0'; value++)
			fputc(*value == '|' ? ',' : *value, to);
	} else {
		fputs("text", to);
	}
}

static void
print_options(FILE *to, const struct tool_option *table)
{
	for (const struct tool_option *o = table; o != NULL && o->name != NULL; o++) {
		fprintf(to, " --%s:", o->name);
		print_value(to, o->value);
		if (o->letter == 0)
			continue;
		fprintf(to, " -%c:", o->letter);
		print_value(to, o->value);
	}
}

int
tool_completion_print(const struct tool_program *p, const char *shell, FILE *to)
{
	bool is_zsh = strcmp(shell, "zsh") == 0;
	if (!is_zsh && strcmp(shell, "bash") != 0)
		return ERR_USAGE;
	if (is_zsh)
		fprintf(to, "#compdef %s\n", p->name);
	fprintf(to, "# SPDX-License-Identifier: MIT\n# Completion of %s(1) for %s; printed by: %s --print-completion %s\n", p->name, shell,
	    p->name, shell);
	fprintf(to, "_%s_common='", p->name);
	print_options(to, p->options);
	fprintf(to, " '\n_%s_table='", p->name);
	for (size_t i = 0; i < p->verb_count; i++) {
		const struct tool_verb *v = &p->verbs[i];
		fprintf(to, "%s;%s;", v->words, v->arguments != NULL && is_of_files(v->arguments) ? "file" : "");
		print_options(to, v->options);
		fputs(" \n", to);
	}
	fputs("'\n\n", to);
	print_named(to, is_zsh ? ZSH : BASH, p->name);
	return 0;
}
