#include "fieldcast/cli/command_line.hpp"

int main(int argc, char** argv) { return fieldcast::cli::run(argc, argv); }
