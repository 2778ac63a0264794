// The floor that `bench http` holds Fusebox against: an HTTP server on libuv that does no more than any
// server must. It finds the end of each request (for one with a body by its Content-Length) and answers with
// bytes that were made beforehand. It checks nothing, routes nothing and keeps nothing.
//
//     canned-http GET-ANSWER-FILE POST-ANSWER-FILE
//
// Every GET gets the first file's bytes, everything else the second's. It says where it listens in one line
// on standard output, and serves until it is killed.
#define _GNU_SOURCE  // memmem
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

enum { HEAD_LIMIT = 16384 };

struct answer {
    char *bytes;
    size_t count;
};

struct connection {
    uv_tcp_t tcp;
    size_t body_left;   // bytes of a body that are still to come
    size_t head_count;  // bytes of a head that came in pieces
    char head[HEAD_LIMIT];
};

struct pending {
    uv_write_t request;
    char bytes[];
};

static struct answer get_answer, post_answer;
static char read_buffer[65536];  // One for all: its bytes are used up before the next read.

static struct answer load(const char *path) {
    FILE *file = fopen(path, "rb");
    struct answer answer = {malloc(1 << 20), 0};
    if (file == NULL || answer.bytes == NULL) {
        perror(path);
        exit(2);
    }
    answer.count = fread(answer.bytes, 1, 1 << 20, file);
    fclose(file);
    return answer;
}

static void on_closed(uv_handle_t *handle) { free(handle->data); }

static void on_written(uv_write_t *request, int status) {
    (void)status;
    free(request);
}

static void send_answer(struct connection *connection, const struct answer *answer) {
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
    uv_buf_t buffer = uv_buf_init(answer->bytes, (unsigned)answer->count);
    int written = uv_try_write(stream, &buffer, 1);
    if (written < 0) written = 0;
    if ((size_t)written == answer->count) return;
    size_t rest = answer->count - (size_t)written;
    struct pending *pending = malloc(sizeof *pending + rest);
    memcpy(pending->bytes, answer->bytes + written, rest);
    buffer = uv_buf_init(pending->bytes, (unsigned)rest);
    if (uv_write(&pending->request, stream, &buffer, 1, on_written) != 0) free(pending);
}

static size_t content_length(const char *head, size_t count) {
    static const char name[] = "content-length:";
    const char *line = head, *end = head + count;
    while (line < end) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        if (next == NULL) break;
        if ((size_t)(next - line) > sizeof name && strncasecmp(line, name, sizeof name - 1) == 0) {
            return strtoul(line + sizeof name - 1, NULL, 10);
        }
        line = next + 1;
    }
    return 0;
}

// The bytes up to the end of the head, or 0 when that is not there yet.
static size_t head_end(const char *bytes, size_t count) {
    const char *found = memmem(bytes, count, "\r\n\r\n", 4);
    return found == NULL ? 0 : (size_t)(found - bytes) + 4;
}

static void take_head(struct connection *connection, const char *head, size_t count) {
    if (head[0] == 'G') return send_answer(connection, &get_answer);
    connection->body_left = content_length(head, count);
    if (connection->body_left == 0) send_answer(connection, &post_answer);
}

static void take(struct connection *connection, const char *bytes, size_t count) {
    while (count > 0) {
        if (connection->body_left > 0) {
            size_t part = connection->body_left < count ? connection->body_left : count;
            connection->body_left -= part;
            if (connection->body_left == 0) send_answer(connection, &post_answer);
            bytes += part;
            count -= part;
            continue;
        }
        if (connection->head_count == 0) {
            size_t end = head_end(bytes, count);
            if (end > 0) {
                take_head(connection, bytes, end);
                bytes += end;
                count -= end;
                continue;
            }
        }
        // A head in pieces is put together; one that is too long ends the connection.
        size_t before = connection->head_count;
        size_t part = count < HEAD_LIMIT - before ? count : HEAD_LIMIT - before;
        memcpy(connection->head + before, bytes, part);
        size_t end = head_end(connection->head, before + part);
        if (end == 0) {
            connection->head_count = before + part;
            if (connection->head_count == HEAD_LIMIT) uv_close((uv_handle_t *)&connection->tcp, on_closed);
            return;
        }
        connection->head_count = 0;
        take_head(connection, connection->head, end);
        bytes += end - before;
        count -= end - before;
    }
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(read_buffer, sizeof read_buffer);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
    if (count < 0) {
        uv_close((uv_handle_t *)stream, on_closed);
    } else if (count > 0) {
        take(stream->data, buffer->base, (size_t)count);
    }
}

static void on_connection(uv_stream_t *listener, int status) {
    if (status < 0) return;
    struct connection *connection = calloc(1, sizeof *connection);
    uv_tcp_init(listener->loop, &connection->tcp);
    connection->tcp.data = connection;
    if (uv_accept(listener, (uv_stream_t *)&connection->tcp) != 0) {
        uv_close((uv_handle_t *)&connection->tcp, on_closed);
        return;
    }
    uv_tcp_nodelay(&connection->tcp, 1);
    uv_read_start((uv_stream_t *)&connection->tcp, on_allocate, on_read);
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: canned-http GET-ANSWER-FILE POST-ANSWER-FILE\n");
        return 2;
    }
    get_answer = load(arguments[1]);
    post_answer = load(arguments[2]);
    uv_loop_t *loop = uv_default_loop();
    uv_tcp_t listener;
    struct sockaddr_in address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, &listener);
    int result = uv_tcp_bind(&listener, (const struct sockaddr *)&address, 0);
    if (result == 0) result = uv_listen((uv_stream_t *)&listener, 1024, on_connection);
    if (result != 0) {
        fprintf(stderr, "canned-http: %s\n", uv_strerror(result));
        return 2;
    }
    int length = sizeof address;
    uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &length);
    printf("canned-http is ready at http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return uv_run(loop, UV_RUN_DEFAULT);
}
