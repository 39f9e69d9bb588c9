/* SPDX-License-Identifier: MIT */
/*
 * The words themselves. Called by the other files of this folder.
 */
#include "archive/word.h"

static const char *const words[MAIL_LOCALE_COUNT][ARCHIVE_WORD_COUNT] = {
	[MAIL_LOCALE_DE] = {
		[ARCHIVE_WORD_FORMER_MEMBER] = "ehemaliges Mitglied",
		[ARCHIVE_WORD_PACKAGE] = "Paket",
		[ARCHIVE_WORD_MORE_FILES] = "… alle Namen stehen in entries.json",
		[ARCHIVE_WORD_README_COMPANY] =
		    ("Archiv der Unterhaltungen eines Unternehmens mit seinen Kundinnen und Kunden\n\n"
		    "company.json        das Unternehmen\n"
		    "customers.json      die Kundinnen und Kunden dieses Archivs\n"
		    "conversations/      eine Unterhaltung je Ordner; er heißt wie die Kundennummer\n"),
		[ARCHIVE_WORD_README_PERSON] =
		    ("Alles, was der Dienst über Sie gespeichert hat\n\n"
		    "account.json        Ihr Konto, mit den Einstellungen\n"
		    "sessions.json       wo Sie angemeldet sind\n"
		    "app-passwords.json  Namen der Passwörter Ihrer Mailprogramme\n"
		    "totp.json           ob ein zweiter Faktor eingeschaltet ist\n"
		    "memberships.json    Unternehmen, für die Sie arbeiten\n"
		    "held.json           was noch gespeichert ist: Codes, die auf Sie warten, Mails an Sie, und was Sie für ein\n"
		    "                    Unternehmen geschrieben, gesendet und empfangen haben: wann und von wo aus. Der\n"
		    "                    Inhalt gehört dem Unternehmen und steht in dessen Archiv.\n"
		    "support.json        was Sie den Betreiber gefragt haben\n"
		    "subscriptions.json  Ihre Abonnements\n"
		    "pins.json           wessen Schlüssel Sie kennen\n"
		    "conversations/      eine Unterhaltung je Ordner; er heißt wie der Kurzname des Unternehmens\n"
		    "packages/           Pakete, die noch nicht empfangen sind: verschlüsselt, wie sie auf dem Dienst liegen\n"),
		[ARCHIVE_WORD_README_COMMON] =
		    ("  entries.json      alle Einträge, auch Pakete und Hinweise des Dienstes\n"
		    "  messages/         jede Nachricht als Datei, die jedes Mailprogramm öffnet (.eml)\n"
		    "index.json          Verzeichnis; steht am Ende: fehlt es, dann ist das Archiv nicht vollständig\n\n"
		    "Die Adressen in den .eml-Dateien sind keine, an die man schreiben kann. Der Inhalt empfangener Pakete\n"
		    "liegt nicht auf dem Dienst; sie sind mit Dateinamen und Fingerabdrücken genannt. Was in den JSON-Dateien\n"
		    "steht, beschreibt FORMAT.md.\n\n"
		    "Dieses Archiv ist nicht verschlüsselt. Bewahren Sie es so sorgfältig auf wie die Unterhaltungen selbst,\n"
		    "und löschen Sie es, wenn Sie es nicht mehr brauchen: Der Dienst kann das nicht für Sie tun.\n"),
	},
	[MAIL_LOCALE_EN] = {
		[ARCHIVE_WORD_FORMER_MEMBER] = "former member",
		[ARCHIVE_WORD_PACKAGE] = "Package",
		[ARCHIVE_WORD_MORE_FILES] = "… all names are in entries.json",
		[ARCHIVE_WORD_README_COMPANY] =
		    ("Archive of a company's conversations with its customers\n\n"
		    "company.json        the company\n"
		    "customers.json      the customers in this archive\n"
		    "conversations/      a folder for each conversation, called after the customer number\n"),
		[ARCHIVE_WORD_README_PERSON] =
		    ("Everything the service holds about you\n\n"
		    "account.json        your account and its settings\n"
		    "sessions.json       where you are logged in\n"
		    "app-passwords.json  names of the passwords of your mail programs\n"
		    "totp.json           whether a second factor is on\n"
		    "memberships.json    companies you work for\n"
		    "held.json           what else is held: codes that wait for you, mails to you, and what you have written, sent\n"
		    "                    and received for a company: when, and from where. What it says belongs to the company\n"
		    "                    and is in the company's archive.\n"
		    "support.json        what you have asked the operator\n"
		    "subscriptions.json  your subscriptions\n"
		    "pins.json           whose keys you know\n"
		    "conversations/      a folder for each conversation, called after the company's short name\n"
		    "packages/           packages that were not received yet: encrypted, as they lie on the service\n"),
		[ARCHIVE_WORD_README_COMMON] =
		    ("  entries.json      all entries, packages and notes of the service too\n"
		    "  messages/         each message as a file that every mail program opens (.eml)\n"
		    "index.json          a list; it stands at the end: where it is missing the archive is not complete\n\n"
		    "Nobody can be written to at the addresses in the .eml files. What was in packages that have been received\n"
		    "is not on the service; they are named with their files and fingerprints. FORMAT.md describes the\n"
		    "JSON files.\n\n"
		    "This archive is not encrypted. Keep it as carefully as the conversations themselves, and delete it when you\n"
		    "do not need it any more: the service cannot do that for you.\n"),
	},
};

const char *
archive_word(enum mail_locale locale, enum archive_word word)
{
	return words[locale][word];
}
