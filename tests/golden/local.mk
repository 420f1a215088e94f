# tests/golden: documents and what the parser makes of them, exactly.
TESTS += %D%/golden
EXTRA_DIST += %D%/golden %D%/counts %D%/README.md %D%/cases
