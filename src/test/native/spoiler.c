/* A PKCS#11 module that loads another one (SPOILER_MODULE) and spoils what C_Sign answers, as the
 * first line of the file SPOILER_CONTROL says: "MODE N LABEL".
 *
 *   honest 0 *    nothing
 *   spoil N L     one bit of every Nth signature of the token labelled L (* for all) is flipped
 *   error 0 L     CKR_DEVICE_ERROR
 *   hang 0 L      C_Sign does not return for as long as the file says so
 *   nocopy 0 L    C_CopyObject: CKR_DEVICE_ERROR
 *   miscopy 0 L   C_CopyObject answers with the object that it was to copy
 *
 * No header is needed: CK_FUNCTION_LIST is a CK_VERSION, padded to 8 bytes, and 68 functions.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong_t;
typedef struct {
  unsigned char version[8];
  void *function[68];
} function_list;

enum { GET_TOKEN_INFO = 6, OPEN_SESSION = 12, COPY_OBJECT = 21, SIGN = 43, SESSIONS = 4096 };
static const ulong_t DEVICE_ERROR = 0x30, GENERAL_ERROR = 0x5;

static function_list list, *real;
static struct {
  ulong_t session;
  char label[33];
} sessions[SESSIONS];
static int known;
static ulong_t signatures;

static ulong_t open_session(ulong_t slot, ulong_t flags, void *a, void *n, ulong_t *session) {
  ulong_t result = ((ulong_t (*)(ulong_t, ulong_t, void *, void *, ulong_t *))real->function[OPEN_SESSION])(
      slot, flags, a, n, session);
  char info[512];
  if (result == 0 &&
      ((ulong_t (*)(ulong_t, void *))real->function[GET_TOKEN_INFO])(slot, info) == 0) {
    int place = known++ % SESSIONS; /* by one thread at a time */
    memcpy(sessions[place].label, info, 32);
    for (int i = 31; i >= 0 && sessions[place].label[i] == ' '; i--) sessions[place].label[i] = 0;
    sessions[place].session = *session;
  }
  return result;
}

static const char *label_of(ulong_t session) {
  int latest = known < SESSIONS ? known - 1 : SESSIONS - 1;
  for (int i = latest; i >= 0; i--)
    if (sessions[i].session == session) return sessions[i].label;
  return "";
}

/* Whether the control file says that mode for that token. */
static int told(const char *mode, ulong_t session, ulong_t *n) {
  char is[16] = "", whose[40] = "";
  FILE *control = fopen(getenv("SPOILER_CONTROL"), "r");
  if (!control) return 0;
  int fields = fscanf(control, "%15s %lu %39s", is, n, whose);
  fclose(control);
  return fields == 3 && !strcmp(is, mode) &&
         (!strcmp(whose, "*") || !strcmp(whose, label_of(session)));
}

static ulong_t sign(ulong_t session, void *data, ulong_t length, unsigned char *signature,
                    ulong_t *signature_length) {
  ulong_t n = 0;
  while (told("hang", session, &n)) usleep(10000);
  if (told("error", session, &n)) return DEVICE_ERROR;
  ulong_t result = ((ulong_t (*)(ulong_t, void *, ulong_t, void *, ulong_t *))real->function[SIGN])(
      session, data, length, signature, signature_length);
  if (result == 0 && signature && told("spoil", session, &n) && n > 0 &&
      __atomic_add_fetch(&signatures, 1, __ATOMIC_SEQ_CST) % n == 0)
    signature[*signature_length / 2] ^= 1;
  return result;
}

static ulong_t copy(ulong_t session, ulong_t object, void *template, ulong_t count,
                    ulong_t *made) {
  ulong_t n = 0;
  if (told("nocopy", session, &n)) return DEVICE_ERROR;
  if (told("miscopy", session, &n)) {
    *made = object;
    return 0;
  }
  return ((ulong_t (*)(ulong_t, ulong_t, void *, ulong_t, ulong_t *))real->function[COPY_OBJECT])(
      session, object, template, count, made);
}

ulong_t C_GetFunctionList(function_list **answer) {
  if (!real) {
    void *module = dlopen(getenv("SPOILER_MODULE"), RTLD_NOW | RTLD_LOCAL);
    ulong_t (*get)(function_list **) =
        module ? (ulong_t (*)(function_list **))dlsym(module, "C_GetFunctionList") : 0;
    if (!get || get(&real)) return GENERAL_ERROR;
    list = *real;
    list.function[OPEN_SESSION] = (void *)open_session;
    list.function[COPY_OBJECT] = (void *)copy;
    list.function[SIGN] = (void *)sign;
  }
  *answer = &list;
  return 0;
}
