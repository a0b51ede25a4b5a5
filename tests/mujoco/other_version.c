// Loaded before MuJoCo, reports another version than the one seqrl was compiled for.
int mj_version(void) {
  return 9008007;
}

const char* mj_versionString(void) {
  return "9.8.7";
}
