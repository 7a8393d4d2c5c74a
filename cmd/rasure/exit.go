package main

const exitHelp = `
EXIT STATUS
  0 done and verified   1 failed   2 usage   3 done with exceptions
  4 refused (hazard or rule)   5 does not verify   6 interrupted, can be resumed`
