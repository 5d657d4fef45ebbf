#include "cli/ranks.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"

#define TICK    G_TIME_SPAN_MILLISECOND         /* between two looks for messages */
#define BEAT    G_TIME_SPAN_SECOND              /* between two signs of life */
#define LOOK    (G_TIME_SPAN_MILLISECOND * 200) /* between two looks at who is there */
#define SILENCE (G_TIME_SPAN_SECOND * 30)       /* after which a rank is lost */
#define POLL    (G_TIME_SPAN_MILLISECOND * 30)  /* between two looks for a cancel */
#define LEAVE   (G_TIME_SPAN_SECOND * 5)        /* for the last messages to be on their way */

typedef enum {
  KIND_BEAT,
  KIND_READY,  /* to rank 0: the identity */
  KIND_LOST,   /* to rank 0: why */
  KIND_JOB,    /* from rank 0 */
  KIND_RESULT, /* to rank 0 */
  KIND_FAILED, /* to rank 0: the job itself is wrong, and why */
  KIND_END,    /* from rank 0: NUMBER is 1 if all ranks are there to leave together */
} Kind;

/* What a message begins with; the rest is text without its NUL, or a result. */
typedef struct {
  guint32 kind, serial;
  guint64 number;
} Head;

typedef struct {
  gsize to;
  GBytes *data;
} Letter;

typedef struct {
  char *name;
  gint64 heard;   /* when */
  gint64 process; /* its id if it is on this host, else 0 */
  gboolean dead;  /* is not there any more: nobody waits for it, or writes to it */
  char *lost;     /* why; NULL: it is not */
  char *identity; /* NULL: it is not ready yet */
  guint32 serial; /* of the job that is asked for */
  GBytes *result; /* its result, */
  char *failure;  /* or why there is none */
} Peer;

struct _CliRanks {
  const ScopeTransport *transport;
  ScopeTransportPlace place;
  GThread *thread; /* the only one that sends and receives */
  GMutex lock;     /* for everything below */
  GCond changed;
  GQueue letters; /* Letter, to be sent */
  Peer *peers;    /* (ranks) */
  gboolean closing;
  /* Ranks above 0: */
  Head job; /* what is asked for; its kind is KIND_JOB as long as it was not begun */
  gboolean ended, together;
  ScopeProgress progress; /* cancelled with the end */
};

static gboolean
is_first (const CliRanks *self)
{
  return self->place.rank == 0;
}

/* --- messages; under the lock -------------------------------------------------------------------
 */

static void
post (CliRanks *self, gsize to, Head head, const void *data, gsize length)
{
  GByteArray *bytes = g_byte_array_new ();
  Letter *letter = g_new (Letter, 1);
  g_byte_array_append (bytes, (const guint8 *)&head, sizeof head);
  g_byte_array_append (bytes, data, (guint)length);
  *letter = (Letter){ to, g_byte_array_free_to_bytes (bytes) };
  g_queue_push_tail (&self->letters, letter);
  g_cond_broadcast (&self->changed);
}

static void
letter_free (gpointer data)
{
  Letter *self = data;
  g_bytes_unref (self->data);
  g_free (self);
}

/* Takes WHY over. */
static void
lose (CliRanks *self, gsize rank, char *why, gboolean dead)
{
  Peer *peer = &self->peers[rank];
  peer->dead = peer->dead || dead;
  if (peer->lost == NULL)
    peer->lost = why;
  else
    g_free (why);
  if (!is_first (self))
    scope_progress_cancel (&self->progress);
  g_cond_broadcast (&self->changed);
}

static void
take_reply (Peer *peer, const Head *head, const char *data, gsize length)
{
  if (head->serial != peer->serial || peer->result != NULL || peer->failure != NULL)
    return; /* of a job that nobody waits for any more */
  if (head->kind == KIND_RESULT)
    peer->result = g_bytes_new (data, length);
  else
    peer->failure = g_strndup (data, length);
}

static void
take_message (CliRanks *self, gsize from, const Head *head, const char *data, gsize length)
{
  Peer *peer = &self->peers[from];
  peer->heard = g_get_monotonic_time ();
  switch ((Kind)head->kind) {
  case KIND_BEAT:
    return;
  case KIND_READY:
    g_free (peer->identity);
    peer->identity = g_strndup (data, length);
    break;
  case KIND_LOST:
    lose (self, from, g_strndup (data, length), FALSE);
    break;
  case KIND_RESULT:
  case KIND_FAILED:
    take_reply (peer, head, data, length);
    break;
  case KIND_JOB:
    self->job = *head;
    break;
  case KIND_END:
    self->ended = TRUE;
    self->together = head->number == 1;
    scope_progress_cancel (&self->progress);
    break;
  }
  g_cond_broadcast (&self->changed);
}

/* --- the thread that sends and receives ---------------------------------------------------------
 */

static void
send_letters (CliRanks *self)
{
  Letter *letter;
  while ((letter = g_queue_pop_head (&self->letters)) != NULL) {
    gsize size;
    const void *data = g_bytes_get_data (letter->data, &size);
    if (!self->peers[letter->to].dead && self->transport->send ((int)letter->to, data, size) != 0)
      lose (self, letter->to, g_strdup ("it cannot be reached"), TRUE);
    letter_free (letter);
  }
}

static void
receive_letters (CliRanks *self)
{
  int from;
  gsize size;
  while (self->transport->probe (&from, &size) == 1) {
    g_autofree char *data = g_malloc (size + 1);
    Head head;
    if (self->transport->take (from, data, size) != 0 || size < sizeof head)
      return;
    memcpy (&head, data, sizeof head);
    take_message (self, (gsize)from, &head, data + sizeof head, size - sizeof head);
  }
}

static gboolean
listens_to (const CliRanks *self, gsize rank)
{
  return is_first (self) ? rank != 0 : rank == 0;
}

static void
look_after (CliRanks *self, gsize rank, gint64 now)
{
  Peer *peer = &self->peers[rank];
  if (peer->dead || self->ended)
    return;
  if (peer->process != 0 && kill ((pid_t)peer->process, 0) != 0 && errno == ESRCH)
    lose (self, rank, g_strdup ("its process has ended"), TRUE);
  else if (now - peer->heard > SILENCE)
    lose (self, rank,
          g_strdup_printf ("nothing was heard of it for %d seconds",
                           (int)(SILENCE / G_TIME_SPAN_SECOND)),
          TRUE);
}

static void
show_life (CliRanks *self, gint64 now, gint64 *beaten, gint64 *looked)
{
  gboolean beat = now - *beaten >= BEAT, look = now - *looked >= LOOK;
  for (gsize rank = 0; rank < cli_ranks_count (self); rank++) {
    if (!listens_to (self, rank))
      continue;
    if (beat && !self->peers[rank].dead)
      post (self, rank, (Head){ KIND_BEAT, 0, 0 }, "", 0);
    if (look)
      look_after (self, rank, now);
  }
  *beaten = beat ? now : *beaten;
  *looked = look ? now : *looked;
}

static gpointer
carry (gpointer data)
{
  CliRanks *self = data;
  gint64 beaten = 0, looked = 0, leave = G_MAXINT64;
  g_mutex_lock (&self->lock);
  for (;;) {
    gint64 now = g_get_monotonic_time ();
    receive_letters (self);
    if (!self->closing)
      show_life (self, now, &beaten, &looked);
    send_letters (self);
    if (self->closing && leave == G_MAXINT64)
      leave = now + LEAVE;
    if (self->closing && (self->transport->unsent () == 0 || now > leave))
      break;
    g_cond_wait_until (&self->changed, &self->lock, now + TICK);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* --- opening and closing ------------------------------------------------------------------------
 */

static void
fill_peers (CliRanks *self)
{
  const ScopeTransportPeer *of = self->place.peers;
  const char *own = of[self->place.rank].host;
  self->peers = g_new0 (Peer, self->place.ranks);
  for (int rank = 0; rank < self->place.ranks; rank++) {
    pid_t process = (pid_t)of[rank].process;
    gboolean here = strcmp (of[rank].host, own) == 0 && kill (process, 0) == 0;
    self->peers[rank].name = g_strdup_printf ("rank %d on %s", rank, of[rank].host);
    self->peers[rank].heard = g_get_monotonic_time ();
    self->peers[rank].process = here ? of[rank].process : 0;
  }
}

gboolean
cli_ranks_open (CliRanks **out, GError **error)
{
  char message[256] = "";
  *out = NULL;
  if (!cli_ranks_launched ())
    return TRUE;
  const ScopeTransport *transport = cli_ranks_transport (error);
  if (transport == NULL) {
    g_prefix_error (error, "started as one of several ranks: ");
    return FALSE;
  }
  CliRanks *self = g_new0 (CliRanks, 1);
  self->transport = transport;
  if (transport->open (&self->place, message, sizeof message) != 0) {
    g_free (self);
    return cli_fail (error, "started as one of several ranks: %s", message);
  }
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->progress = scope_progress_span (cli_progress (), 0, 1);
  fill_peers (self);
  self->thread = g_thread_new ("ranks", carry, self);
  *out = self;
  return TRUE;
}

/* Whether all ranks are there to leave together (after a signal nobody can know); tells them. Under
 * the lock. */
static gboolean
send_away (CliRanks *self)
{
  gboolean all = !scope_progress_is_cancelled (cli_progress ());
  for (gsize rank = 1; rank < cli_ranks_count (self); rank++)
    all = all && !self->peers[rank].dead;
  for (gsize rank = 1; rank < cli_ranks_count (self); rank++)
    if (!self->peers[rank].dead)
      post (self, rank, (Head){ KIND_END, 0, all }, "", 0);
  return all;
}

/* Until rank 0 says so, or is gone, or a signal came. Under the lock. */
static gboolean
wait_for_end (CliRanks *self)
{
  while (!self->ended && !self->peers[0].dead && !scope_progress_is_cancelled (cli_progress ()))
    g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + POLL);
  return self->ended && self->together;
}

void
cli_ranks_close (CliRanks *self)
{
  g_mutex_lock (&self->lock);
  gboolean together = is_first (self) ? send_away (self) : wait_for_end (self);
  self->closing = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  if (together)
    self->transport->close ();
  for (gsize rank = 0; rank < cli_ranks_count (self); rank++) {
    Peer *peer = &self->peers[rank];
    g_free (peer->name);
    g_free (peer->lost);
    g_free (peer->identity);
    g_free (peer->failure);
    g_clear_pointer (&peer->result, g_bytes_unref);
  }
  g_queue_clear_full (&self->letters, letter_free);
  g_free (self->peers);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

gsize
cli_ranks_count (const CliRanks *self)
{
  return (gsize)self->place.ranks;
}

gsize
cli_ranks_rank (const CliRanks *self)
{
  return (gsize)self->place.rank;
}

gsize
cli_ranks_local (const CliRanks *self)
{
  return (gsize)self->place.local_rank;
}

const char *
cli_ranks_name (const CliRanks *self, gsize rank)
{
  return self->peers[rank].name;
}

/* --- rank 0 -------------------------------------------------------------------------------------
 */

static gboolean
refuse_lost (const Peer *peer, GError **error)
{
  g_set_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_FAILED, "%s", peer->lost);
  return FALSE;
}

/* Until *THERE (one of two) is no longer NULL. Under the lock. */
static gboolean
wait_for (CliRanks *self, const Peer *peer, char *const *text, GBytes *const *bytes,
          ScopeProgress *progress, GError **error)
{
  while (*text == NULL && (bytes == NULL || *bytes == NULL)) {
    if (peer->lost != NULL)
      return refuse_lost (peer, error);
    if (!scope_progress_check (progress, 0, peer->name, error))
      return FALSE;
    g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + POLL);
  }
  return TRUE;
}

const char *
cli_ranks_identity (CliRanks *self, gsize rank, ScopeProgress *progress, GError **error)
{
  Peer *peer = &self->peers[rank];
  g_mutex_lock (&self->lock);
  gboolean there = wait_for (self, peer, &peer->identity, NULL, progress, error);
  g_mutex_unlock (&self->lock);
  return there ? peer->identity : NULL;
}

GBytes *
cli_ranks_ask (CliRanks *self, gsize rank, gsize job, ScopeProgress *progress, GError **error)
{
  Peer *peer = &self->peers[rank];
  g_mutex_lock (&self->lock);
  g_clear_pointer (&peer->failure, g_free);
  g_clear_pointer (&peer->result, g_bytes_unref);
  post (self, rank, (Head){ KIND_JOB, ++peer->serial, job }, "", 0);
  gboolean there = wait_for (self, peer, &peer->failure, &peer->result, progress, error);
  GBytes *result = there ? g_steal_pointer (&peer->result) : NULL;
  if (there && result == NULL)
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_NUMBER, "%s: %s", peer->name,
                 peer->failure);
  g_mutex_unlock (&self->lock);
  return result;
}

/* --- the others ---------------------------------------------------------------------------------
 */

static void
post_text (CliRanks *self, Head head, const char *text)
{
  g_mutex_lock (&self->lock);
  post (self, 0, head, text, strlen (text));
  g_mutex_unlock (&self->lock);
}

void
cli_ranks_give_up (CliRanks *self, const GError *why)
{
  post_text (self, (Head){ KIND_LOST, 0, 0 }, why->message);
}

/* What is wrong with the job would be so everywhere; the rest is this rank's. */
static void
post_failure (CliRanks *self, const Head *job, const GError *why)
{
  Kind kind = why->domain == SCOPE_ANALYSIS_ERROR ? KIND_FAILED : KIND_LOST;
  post_text (self, (Head){ kind, job->serial, job->number }, why->message);
}

static gboolean
wait_for_job (CliRanks *self, Head *job, GError **error)
{
  gboolean there;
  g_mutex_lock (&self->lock);
  while (self->job.kind != KIND_JOB && !scope_progress_is_cancelled (&self->progress))
    g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + POLL);
  *job = self->job;
  self->job.kind = KIND_BEAT;
  there = job->kind == KIND_JOB && !self->ended;
  if (!there && self->peers[0].lost != NULL)
    cli_fail (error, "%s is lost: %s", self->peers[0].name, self->peers[0].lost);
  else if (!there && !self->ended)
    scope_progress_check (&self->progress, 0, NULL, error);
  g_mutex_unlock (&self->lock);
  return there;
}

gboolean
cli_ranks_serve (CliRanks *self, const char *identity, CliRanksWork work, gpointer data,
                 GError **error)
{
  g_autoptr (GError) ending = NULL;
  Head job;
  post_text (self, (Head){ KIND_READY, 0, 0 }, identity);
  while (wait_for_job (self, &job, &ending)) {
    g_autoptr (GError) why = NULL;
    ScopeProgress part = scope_progress_span (&self->progress, 0, 1);
    g_autoptr (GBytes) result = work (job.number, data, &part, &why);
    if (result == NULL && !scope_error_is_cancelled (why))
      post_failure (self, &job, why);
    if (result == NULL)
      continue; /* until the end comes */
    gsize size;
    const void *bytes = g_bytes_get_data (result, &size);
    g_mutex_lock (&self->lock);
    post (self, 0, (Head){ KIND_RESULT, job.serial, job.number }, bytes, size);
    g_mutex_unlock (&self->lock);
  }
  if (ending == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&ending));
  return FALSE;
}
