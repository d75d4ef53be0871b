#!/bin/sh
# The program of every process test: what it does stands in the folder that it is run in. It is one checked-in file
# because a file that has just been written cannot always be executed: another test that starts a process at that very
# moment still has it open.
. ./script
