// SPDX-License-Identifier: GPL-2.0-only
/*
 * posix_spawn() instead of fork(): no copy of the address space is made. A program's input goes
 * through a memory file, so that no pipe can fill; its output comes back in another.
 */
#define _GNU_SOURCE
#include "spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plug/report.h"

extern char **environ;

/* Run and wait. Return: the exit code, 128 + signal, or -errno when it did not start. */
static int run(char *const argv[], int in, int out)
{
	posix_spawn_file_actions_t actions;
	int error, status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&actions, in, 0);
	else
		posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
	if (out >= 0) {
		posix_spawn_file_actions_adddup2(&actions, out, 1);
		posix_spawn_file_actions_adddup2(&actions, out, 2);
	}
	error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		return -error;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/**
 * spawn_with_input() - run a program that reads its standard input
 * @argv: the program, looked for in PATH, and its arguments
 * @input: what it reads
 * @answer: the beginning of what it says, in one line
 * @answer_size: of @answer, in bytes
 *
 * Return: its exit code, 128 + the signal that ended it, or -errno when it could not be started.
 */
int spawn_with_input(char *const argv[], const char *input, char *answer, unsigned int answer_size)
{
	int in = memfd_create("input", MFD_CLOEXEC), out = memfd_create("answer", MFD_CLOEXEC);
	int result = -ENOMEM;
	ssize_t got = 0;

	answer[0] = '\0';
	if (in >= 0 && out >= 0 && write(in, input, strlen(input)) == (ssize_t)strlen(input)) {
		lseek(in, 0, SEEK_SET);
		result = run(argv, in, out);
		got = pread(out, answer, answer_size - 1, 0);
		answer[got > 0 ? got : 0] = '\0';
		answer[strcspn(answer, "\n")] = '\0';
	}
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return result;
}

static int is_hook(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && fnmatch("*.hook", entry->d_name, 0) == 0;
}

/**
 * spawn_hooks() - run what the administrator wants done for each vif, in the order of the names
 * @folder: its files *.hook are run; they find command, dev and bridge in their environment
 * @command: "online" or "offline"
 * @interface: the vif's
 * @bridge: what it is attached to, or ""
 *
 * A hook that fails is told in the log; the vif stays attached, as with the toolstack's own
 * scripts.
 */
void spawn_hooks(const char *folder, const char *command, const char *interface, const char *bridge)
{
	struct dirent **names;
	int count = scandir(folder, &names, is_hook, alphasort);
	int i, result;

	if (count <= 0)
		return;
	setenv("command", command, 1);
	setenv("dev", interface, 1);
	setenv("bridge", bridge, 1);
	for (i = 0; i < count; i++) {
		char path[600];
		char *argv[] = { path, NULL };

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		result = run(argv, -1, -1);
		if (result)
			note("%s: the hook %s %s", interface, path,
			     result < 0 ? strerror(-result) : "failed");
		free(names[i]);
	}
	free(names);
}
