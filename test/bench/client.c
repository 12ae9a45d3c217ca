// The client of the benchmark: client PORT CONNECTIONS COUNT < REQUEST. One request under way on each connection, none parsed
// beyond its length; prints how many answers were 2xx. Written in C so that Envoy, not its client, is what the clock waits for.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024, ROOM = 65536 };
static struct { int socket; size_t filled; char text[ROOM]; } lanes[MOST];
static char request[ROOM];

/** Bytes of the answer at the start of `text`; 0 while it is incomplete. Answers have a length, or no body. */
static size_t answer(const char *text, size_t filled) {
  const char *head = memmem(text, filled, "\r\n\r\n", 4);
  if (!head) return 0;
  size_t size = head + 4 - text;
  const char *length = memmem(text, size, "content-length: ", 16);
  if (length) size += strtoul(length + 16, 0, 10);
  return filled < size ? 0 : size;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  int port = atoi(arguments[1]), connections = atoi(arguments[2]);
  long wanted = atol(arguments[3]), sent = 0, done = 0, good = 0;
  size_t size = 0;
  for (ssize_t more; size < ROOM && (more = read(0, request + size, ROOM - size)) > 0;) size += more;
  if (connections < 1 || connections > MOST || connections > wanted) return 2;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int poll = epoll_create1(0), one = 1;
  for (int n = 0; n < connections; n++) {
    lanes[n].socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(lanes[n].socket, (struct sockaddr *)&address, sizeof address)) return 3;
    setsockopt(lanes[n].socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = n};
    epoll_ctl(poll, EPOLL_CTL_ADD, lanes[n].socket, &event);
    if (write(lanes[n].socket, request, size) != (ssize_t)size) return 3;
    sent++;
  }
  while (done < wanted) {
    struct epoll_event events[64];
    int ready = epoll_wait(poll, events, 64, 10000);
    if (ready <= 0) break;
    for (int i = 0; i < ready; i++) {
      int n = events[i].data.u32;
      ssize_t more = read(lanes[n].socket, lanes[n].text + lanes[n].filled, ROOM - lanes[n].filled);
      // A connection that ends takes its answer with it: what is missing in the end tells.
      if (more <= 0) { printf("%ld\n", good); return 0; }
      lanes[n].filled += more;
      if (!answer(lanes[n].text, lanes[n].filled)) continue;
      good += lanes[n].text[9] == '2';
      done++;
      lanes[n].filled = 0;
      if (sent == wanted) continue;
      if (write(lanes[n].socket, request, size) != (ssize_t)size) return 3;
      sent++;
    }
  }
  printf("%ld\n", good);
  return 0;
}
